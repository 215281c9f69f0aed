/**
 * How to test a service of your own: the real drivers on the memory adapter, and a clock that the test advances. No server and no
 * waiting: the fifteen seconds of a lease pass in one line.
 *
 * Run it with vitest: `npx vitest run --root examples unit-test`.
 */
import { NOT_MINE } from '@stateful-route/driver';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Room, type SavedVisits } from '../room.ts';

/** The default lease. */
const LEASE_MS = 15_000;

let service: TestRoute;
let saved: SavedVisits;
let rooms: (Room | undefined)[];

beforeEach(async () => {
  service = await createTestRoute({ pods: 2 });
  saved = new Map();
  rooms = service.pods.map((pod) => new Room(pod.server, saved));
});
afterEach(() => service.stop());

/** A gateway without the network. */
function visit(uid: string): Promise<{ podId: number; visits: number }> {
  return service.gateway.service('room').call(uid, async ({ podId }) => {
    const room = rooms[podId];
    if (!room) throw new Error(`pod ${podId} does not answer`);
    const visits = await room.visit(uid);
    return visits === undefined ? NOT_MINE : { podId, visits };
  });
}

/** The process dies: no more heartbeats, no more responses. */
function kill(podId: number): void {
  service.kill(podId);
  rooms[podId] = undefined;
}

it('keeps a user on one pod', async () => {
  const { podId } = await visit('ada');
  expect(await visit('ada')).toEqual({ podId, visits: 2 });
  expect(rooms.filter((_room, other) => service.pods[other]!.server.holds('ada'))).toHaveLength(1);
});

it('moves a user when the lease of the dead pod is over, and not before', async () => {
  const { podId } = await visit('ada');
  kill(podId);

  await service.clock.advance(LEASE_MS / 2);
  await expect(visit('ada')).rejects.toThrow(`pod ${podId} does not answer`);
  // The dead pod has missed heartbeats, so it gets no new users.
  expect(await visit('bob')).toEqual({ podId: 1 - podId, visits: 1 });

  await service.clock.advance(LEASE_MS);
  // State that was only in the dead pod's memory is lost.
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 1 });
  expect(service.pods[1 - podId]!.server.holds('ada')).toBe(true);
});

it('leaves a user where it is when the dead pod comes back', async () => {
  const { podId } = await visit('ada');
  kill(podId);
  await service.clock.advance(LEASE_MS + 1_000);
  await visit('ada');
  rooms[podId] = new Room((await service.restart(podId)).server, saved);
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
  expect(await rooms[podId].visit('ada')).toBeUndefined();
});

it('moves users with their state when their pod stops', async () => {
  const { podId } = await visit('ada');
  const closing = service.pods[podId]!.stop();
  await service.clock.advance(0);
  await closing;
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
});
