import { expect, it } from 'vitest';
import { look } from './support/looking.ts';

const ROOM = '/api/v1/services/room';

it('shows a rolling update: revisions, their users, and how often users moved', async () => {
  await using looking = await look();
  const { route, get } = looking;
  for (const podId of [0, 1, 2]) await route.restart(podId, { revision: 'v1' });
  const moved = async (): Promise<void> => {};
  for (const podId of [0, 1, 2]) route.onHandOff(podId, moved);
  for (const [podId, uid] of ['ada', 'bob', 'eve'].entries()) await route.pods[podId]!.server.claim(uid);
  await route.advance(4_000);
  expect((await get(`${ROOM}/rollout`)).body).toMatchObject({
    updating: false,
    revisions: [{ revision: 'v1', newest: true, pods: [0, 1, 2], users: 3, load: { mean: 1, max: 1 } }],
    moved: 0,
  });

  await route.drain(2);
  await route.restart(2, { revision: 'v2' });
  await route.advance(4_000);
  const { body } = await get(`${ROOM}/rollout`);
  expect(body).toMatchObject({
    updating: true,
    revisions: [
      { revision: 'v2', newest: true, pods: [2], users: 0 },
      { revision: 'v1', newest: false, pods: [0, 1] },
    ],
  });
  expect((await get(`${ROOM}/pods`)).body.pods[2].revision).toBe('v2');
});

it('plans a scale-in, without changing anything', async () => {
  await using looking = await look({ pods: 4 });
  const { route, get, calls } = looking;
  for (const podId of [0, 1, 2, 3]) {
    for (let user = 0; user < 10; user++) await route.pods[podId]!.server.claim(`user-${podId}-${user}`);
  }
  await route.advance(4_000);
  const { body } = await get(`${ROOM}/scale-in?replicas=2&ratePerSecond=5`);
  expect(body).toMatchObject({
    replicas: 2,
    goes: [
      { podId: 3, users: 10 },
      { podId: 2, users: 10 },
    ],
    usersMoved: 20,
    fits: true,
    ratePerSecond: 5,
    durationMs: 4_000,
    kubectl: 'kubectl -n test scale statefulset room --replicas 2',
  });
  expect(body.receives.reduce((sum: number, { users }: { users: number }) => sum + users, 0)).toBe(20);
  expect((await get(`${ROOM}/scale-in?replicas=0`)).body).toMatchObject({
    fits: false,
    problem: 'No pod that takes new users would be left.',
  });
  expect((await get(`${ROOM}/scale-in`)).status).toBe(400);
  expect([...new Set(calls)].toSorted()).toEqual([
    'getPodIntents',
    'getServiceState',
    'listServices',
    'readJournal',
  ]);
});

it('freezes a service, and lets it go on', async () => {
  await using looking = await look();
  const { get, post, route } = looking;
  expect(await post(`${ROOM}/freeze`, {})).toMatchObject({ status: 200, body: { by: 'carol' } });
  await route.advance(1_000);
  expect((await get(`${ROOM}/rebalance`)).body).toMatchObject({ frozen: { by: 'carol' }, hold: 'frozen' });
  expect((await post(`${ROOM}/freeze`, {})).body.sentence).toContain('already');
  await post(`${ROOM}/unfreeze`, {});
  await route.advance(1_000);
  expect((await get(`${ROOM}/rebalance`)).body.frozen).toBeUndefined();
  expect((await get(`${ROOM}/journal?types=frozen,unfrozen`)).body.entries).toMatchObject([
    { type: 'frozen', by: 'carol' },
    { type: 'unfrozen', by: 'carol' },
  ]);
});

it('says what evening out would do, without doing it', async () => {
  await using looking = await look({ pods: 2 });
  const { route, get } = looking;
  for (let user = 0; user < 40; user++) await route.pods[0]!.server.claim(`user-${user}`);
  await route.advance(60_000);
  const { body } = await get(`${ROOM}/rebalance`);
  expect(body.hold).toBeUndefined();
  expect(body.moves).toMatchObject([{ from: 0, to: 1, users: expect.any(Number) as number }]);
  expect(body.moves[0].users).toBeGreaterThanOrEqual(18);
  expect(body.moves[0].users).toBeLessThanOrEqual(22);
  expect(body.durationMs).toBeGreaterThan(0);
  expect(route.pods[0]!.server.holds('user-0')).toBe(true);
});
