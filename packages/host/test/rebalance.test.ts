import { NOT_MINE } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { hostFleet } from './fixtures.ts';

it('a fleet of hosts is kept even by default: idle users move, saved, and those with a stay or a use remain', async () => {
  const { route, hosts, storage } = await hostFleet({ idleAfterMs: false }, { pods: 2 });
  const moved: string[] = [];
  for (const pod of route.pods) pod.server.on('handedOff', ({ uid }) => moved.push(uid));
  const [full, empty] = hosts;
  for (const uid of ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn'])
    await full!.use(uid, (visits) => ++visits.count);
  const stay = await full!.enter('ada');
  if (stay === NOT_MINE) throw new Error('the pod does not have ada');
  const used = ['bob', 'cleo'];
  for (let second = 0; second < 600; second += 5) {
    for (const uid of used) await full!.use(uid, (visits) => ++visits.count);
    for (const uid of moved) await empty!.use(uid, (visits) => visits.count);
    await route.clock.advance(5_000);
  }
  expect(moved.toSorted()).toEqual(['dan', 'eve', 'finn']);
  expect(moved.map((uid) => storage.stored.get(uid)?.count)).toEqual([1, 1, 1]);
  stay.leave();
});
