/**
 * How to test a service of your own: the real drivers and hosts on the memory adapter, and a clock that the test advances. No server
 * and no waiting: the fifteen seconds of a lease pass in one line.
 *
 * Run it with vitest: `npx vitest run --root examples unit-test`.
 */
import { createTestHost, type TestHost } from '@stateful-route/testkit/test-host';
import { createTestRoute, type TestPod, type TestRoute } from '@stateful-route/testkit/test-route';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The default lease. */
const LEASE_MS = 15_000;

interface Visits {
  count: number;
}

let service: TestRoute;
/** What outlives a pod: in production a database. */
let saved: Map<string, number>;
let hosts: (TestHost<Visits> | undefined)[];
const dead = new WeakSet<TestPod>();

/** The service under test. */
function host(podId: number): TestHost<Visits> {
  const pod = service.pods[podId]!;
  return createTestHost(service, podId, {
    open: ({ uid }) => ({ count: saved.get(uid) ?? 0 }),
    save: ({ uid, state }) => {
      if (dead.has(pod)) throw new Error('a dead process saves nothing');
      saved.set(uid, state.count);
    },
  });
}

beforeEach(async () => {
  service = await createTestRoute({ pods: 2 });
  saved = new Map();
  hosts = [0, 1].map(host);
});
afterEach(() => service.stop());

/** A gateway without the network. */
function visit(uid: string): Promise<{ podId: number; visits: number }> {
  return service.gateway.service('room').call(uid, async ({ podId }) => {
    const there = hosts[podId];
    if (!there) throw new Error(`pod ${podId} does not answer`);
    return there.use(uid, (visits) => ({ podId, visits: ++visits.count }));
  });
}

/** The process dies: no more heartbeats, no more responses, no more saves. */
function kill(podId: number): void {
  dead.add(service.pods[podId]!);
  service.kill(podId);
  hosts[podId] = undefined;
}

it('keeps a user on one pod', async () => {
  const { podId } = await visit('ada');
  expect(await visit('ada')).toEqual({ podId, visits: 2 });
  expect(hosts.filter((each) => each!.has('ada'))).toHaveLength(1);
});

it('moves a user when the lease of the dead pod is over, and not before', async () => {
  const { podId } = await visit('ada');
  kill(podId);

  await service.advance(LEASE_MS / 2);
  await expect(visit('ada')).rejects.toThrow(`pod ${podId} does not answer`);
  // The dead pod has missed heartbeats, so it gets no new users.
  expect(await visit('bob')).toEqual({ podId: 1 - podId, visits: 1 });

  await service.advance(LEASE_MS);
  // What was not saved yet is lost with the pod.
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 1 });
  expect(hosts[1 - podId]!.has('ada')).toBe(true);
});

it('loses nothing that was saved when a pod dies', async () => {
  const { podId } = await visit('ada');
  await service.advance(10_000); // saveEveryMs
  kill(podId);
  await service.advance(LEASE_MS + 1_000);
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
});

it('leaves a user where it is when the dead pod comes back', async () => {
  const { podId } = await visit('ada');
  kill(podId);
  await service.advance(LEASE_MS + 1_000);
  await visit('ada');
  await service.restart(podId);
  hosts[podId] = host(podId);
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
  expect(hosts[podId].has('ada')).toBe(false);
});

it('moves a user with the state, and closes what was open', async () => {
  const { podId } = await visit('ada');
  const stay = await hosts[podId]!.enter('ada');
  expect(stay).toMatchObject({ uid: 'ada', state: { count: 1 } });
  expect(await hosts[podId]!.move('ada')).toEqual({ left: 0, unsaved: [] });
  expect(hosts[podId]!.closed).toMatchObject([{ uid: 'ada', why: 'handOff', to: 1 - podId }]);
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
});

it('opens a user anew when the pod was fenced: what was not saved is lost', async () => {
  const { podId } = await visit('ada');
  await hosts[podId]!.fence();
  await hosts[podId]!.unfence();
  expect(hosts[podId]!.closed).toMatchObject([{ uid: 'ada', why: 'fenced' }]);
  expect(await visit('ada')).toMatchObject({ visits: 1 });
});

it('moves users with their state when their pod stops', async () => {
  const { podId } = await visit('ada');
  const stopping = service.pods[podId]!.stop();
  await service.advance(0);
  expect(await stopping).toEqual({ left: 0, unsaved: [] });
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
});
