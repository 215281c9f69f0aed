/**
 * How to test a service of your own: the real drivers on a directory in memory, and a clock that moves when the test
 * says so. No server, no waiting: fifteen seconds of a lease pass in a line.
 *
 * Run it with vitest: `npx vitest run --root examples unit-test`.
 */
import { NOT_MINE } from '@stateful-route/driver';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Room, type SavedVisits } from '../room.ts';

/** The lease by default. */
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

/** What a gateway does, without the network. */
function visit(uid: string): Promise<{ podId: number; visits: number }> {
  return service.gateway.service('room').call(uid, async ({ podId }) => {
    const room = rooms[podId];
    if (!room) throw new Error(`pod ${podId} does not answer`);
    const visits = await room.visit(uid);
    return visits === undefined ? NOT_MINE : { podId, visits };
  });
}

/** The process dies: its heartbeats end, and nobody answers any more. */
function kill(podId: number): void {
  service.kill(podId);
  rooms[podId] = undefined;
}

it('keeps a user on one pod', async () => {
  const { podId } = await visit('ada');
  expect(await visit('ada')).toEqual({ podId, visits: 2 });
  expect(rooms.filter((_room, other) => service.pods[other]!.server.holds('ada'))).toHaveLength(1);
});

it('moves a user whose pod died once its lease is over, and not before', async () => {
  const { podId } = await visit('ada');
  kill(podId);

  await service.clock.advance(LEASE_MS / 2);
  await expect(visit('ada')).rejects.toThrow(`pod ${podId} does not answer`);
  // The dead pod has missed beats: new users are not sent there.
  expect(await visit('bob')).toEqual({ podId: 1 - podId, visits: 1 });

  await service.clock.advance(LEASE_MS);
  // What was only in the dead pod's memory is gone.
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 1 });
  expect(service.pods[1 - podId]!.server.holds('ada')).toBe(true);
});

it('leaves a user where it is when the pod that died comes back', async () => {
  const { podId } = await visit('ada');
  kill(podId);
  await service.clock.advance(LEASE_MS + 1_000);
  await visit('ada');
  rooms[podId] = new Room((await service.restart(podId)).server, saved);
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
  expect(await rooms[podId].visit('ada')).toBeUndefined();
});

it('moves users with what they have when their pod stops', async () => {
  const { podId } = await visit('ada');
  const closing = service.pods[podId]!.stop();
  await service.clock.advance(0);
  await closing;
  expect(await visit('ada')).toEqual({ podId: 1 - podId, visits: 2 });
});
