import { createTestHost } from '@stateful-route/testkit/test-host';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { expect, it, onTestFinished } from 'vitest';

interface Visits {
  count: number;
}

async function twoHosts() {
  const route = await createTestRoute({ pods: 2 });
  onTestFinished(() => route.stop());
  const stored = new Map<string, number>();
  const options = {
    open: ({ uid }: { uid: string }): Visits => ({ count: stored.get(uid) ?? 0 }),
    save: ({ uid, state }: { uid: string; state: Visits }): void => void stored.set(uid, state.count),
  };
  const first = createTestHost<Visits>(route, 0, options);
  const second = createTestHost<Visits>(route, 1, options);
  return { route, stored, first, second };
}

const visit = (visits: Visits): number => ++visits.count;

it('moves a user with the state', async () => {
  const { first, second, route } = await twoHosts();
  await first.use('ada', visit);
  expect(await first.move('ada', { to: 1 })).toEqual({ left: 0, unsaved: [] });
  await route.advance(0);
  expect(first.closed).toMatchObject([{ uid: 'ada', why: 'handOff', to: 1 }]);
  expect(await second.use('ada', visit)).toBe(2);
});

it('fences a pod, which comes back and opens its users anew', async () => {
  const { first, stored } = await twoHosts();
  await first.use('ada', visit);
  await first.fence();
  expect(first.closed).toMatchObject([{ uid: 'ada', why: 'fenced' }]);
  await expect(first.use('ada', visit)).rejects.toMatchObject({ code: 'FENCED' });
  await first.unfence();
  expect(await first.use('ada', visit)).toBe(1);
  expect(stored.size).toBe(0);
});

it('gives up a pod that does not come back within three leases', async () => {
  const hindrances = {
    killed: (route: TestRoute) => route.kill(0),
    'another process': (route: TestRoute) => route.restart(0),
  };
  for (const [what, hinder] of Object.entries(hindrances)) {
    const { first, route } = await twoHosts();
    await first.fence();
    await hinder(route);
    const before = route.clock.monotonic();
    const isBack = first.unfence().then(
      () => 'back',
      (reason: unknown) => reason,
    );
    expect([what, await isBack]).toMatchObject([
      what,
      { code: 'TIMEOUT', operation: 'unfence', timeoutMs: 45_000 },
    ]);
    expect(route.clock.monotonic() - before).toBeGreaterThanOrEqual(45_000);
  }
});

it('loses a user behind the back of the host', async () => {
  const { first } = await twoHosts();
  await first.use('ada', visit);
  await first.lose('ada');
  expect(first.closed).toMatchObject([{ uid: 'ada', why: 'lost' }]);
  expect(first.has('ada')).toBe(false);
});

it('runs on the clock of the test: saves, and lets idle users go', async () => {
  const { first, route, stored } = await twoHosts();
  await first.use('ada', visit);
  await route.advance(10_000);
  expect(stored.get('ada')).toBe(1);
  await route.advance(50_001);
  expect(first.closed).toMatchObject([{ uid: 'ada', why: 'idle' }]);
});

it('refuses a pod that the test has not made, and options that no host has', async () => {
  const { route } = await twoHosts();
  const open = (): Visits => ({ count: 0 });
  expect(() => createTestHost(route, 2, { open })).toThrow('There is no pod 2 in this test.');
  expect(() => createTestHost(route, 0, { open, idleAfter: 1 } as never)).toThrow(
    'did you mean idleAfterMs?',
  );
});
