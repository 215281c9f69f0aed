import { expect, it, vi } from 'vitest';
import { ClaimRegistry } from '../../../src/pod/claims/claim-registry.ts';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
const users = (count: number): string[] => Array.from({ length: count }, (_, at) => `user-${at}`);

async function looksPerUser(count: number): Promise<number> {
  const { clock, pod } = podFixture();
  const [a, b] = [pod(0, { config }), pod(1, { config })];
  await a.start();
  await b.start();
  for (const uid of users(count)) await a.server.claim(uid);
  const life = vi.spyOn(ClaimRegistry.prototype, 'life');
  const handing = a.server.handOff(users(count), { onHandOff: () => {} });
  await clock.advance(500);
  await handing;
  const { length } = life.mock.calls;
  life.mockRestore();
  return length / count;
}

it('a handOff looks at each user as often, however many there are', async () => {
  const [few, many] = [await looksPerUser(50), await looksPerUser(500)];
  expect(many).toBeLessThan(2 * few);
});

async function warningsOf(
  run: (
    clock: ReturnType<typeof podFixture>['clock'],
    a: ReturnType<ReturnType<typeof podFixture>['pod']>,
  ) => Promise<void>,
): Promise<string[]> {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', onWarning);
  const { clock, pod } = podFixture();
  let slow = false;
  const [a, b] = [
    pod(0, { config }, async ({ options, run: call }) => {
      if (slow) await new Promise<void>((resolve) => clock.setTimeout(resolve, 5));
      return call(options);
    }),
    pod(1, { config }),
  ];
  await a.start();
  await b.start();
  slow = true;
  await run(clock, a);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  return warnings;
}

it('a signal that 100 claims and scopes share makes Node warn of nothing', async () => {
  const warnings = await warningsOf(async (clock, a) => {
    const { signal } = new AbortController();
    const claims = Promise.all(users(100).map((uid) => a.server.claim(uid, { signal })));
    await clock.advance(100);
    await claims;
  });
  expect(warnings).toEqual([]);
});
