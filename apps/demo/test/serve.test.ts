import { runProgram, type RunningProgram, startProgram } from '@stateful-route/lab/process';
import { type TestRedis, testRedis } from '@stateful-route/testkit/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const DEMO = 'apps/demo/src/main.ts';
const SLOW = 120_000;

/** Where the demo says that its console is. */
async function urlOf({ out }: RunningProgram): Promise<string> {
  await expect.poll(out, { timeout: 60_000 }).toContain('the console: ');
  return /the console: (\S+)/.exec(out())![1]!;
}

describe('a demo that serves the console', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await testRedis();
  }, SLOW);
  afterAll(() => redis.stop());

  it.for(['in memory', 'on Redis'])(
    'has users who come and go, obeys the console and ends, %s',
    { timeout: SLOW },
    async (where) => {
      const store = where === 'on Redis' ? ['--redis', redis.url] : [];
      const demo = startProgram(DEMO, ['--serve', '--port', '0', '--pods', '3', ...store]);
      const url = await urlOf(demo);
      const read = async (path: string): Promise<unknown> => (await fetch(`${url}api/v1/${path}`)).json();
      const usersOf = async (podId: number): Promise<number | undefined> => {
        const { pod } = (await read(`services/room/pods/${podId}`)) as { pod: { users?: number } };
        return pod.users;
      };
      expect(await (await fetch(url)).text()).toContain('<title>stateful-route</title>');
      await expect.poll(() => usersOf(1), { timeout: 30_000 }).toBeGreaterThan(5);

      const drained = await fetch(`${url}api/v1/services/room/pods/1/drain`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(drained.status).toBe(200);
      await expect.poll(() => usersOf(1), { timeout: 30_000 }).toBe(0);

      demo.kill('SIGTERM');
      const { status, err } = await demo.ended;
      expect(err).toBe('');
      expect(status).toBe(0);
    },
  );

  it('says that its port is taken', { timeout: SLOW }, async () => {
    const first = startProgram(DEMO, ['--serve', '--port', '0']);
    const { port } = new URL(await urlOf(first));
    const { status, err } = await runProgram(DEMO, ['--serve', '--port', port]);
    expect(status).toBe(1);
    expect(err).toMatch(/^error: The console cannot be served: listen EADDRINUSE/);
    first.kill('SIGTERM');
    await first.ended;
  });
});
