import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStatefulRoute } from '@stateful-route/driver';
import { createPodServer } from '../fastify-pod/pod-server.ts';
import { Room } from '../room.ts';
import { closeCode, connect, refusedUpgrade, say, visit } from './requests.ts';
import { RoomService } from './room-service.ts';

let service: RoomService;

beforeEach(() => {
  service = new RoomService();
});
afterEach(() => service[Symbol.asyncDispose]());

it('claims the users it serves, over HTTP and over WebSocket', async () => {
  const { url, route } = await service.startPod(0);
  expect(await visit(url, 'ada')).toEqual({ uid: 'ada', podId: 0, visits: 1 });
  const socket = await connect(url, 'bob');
  expect(await say(socket)).toEqual({ uid: 'bob', podId: 0, visits: 1 });
  socket.close();
  expect(['ada', 'bob', 'cyd'].map((uid) => route.server.holds(uid))).toEqual([true, true, false]);
});

it('answers 421 for the users of another pod', async () => {
  const owner = await service.startPod(0);
  const other = await service.startPod(1);
  await visit(owner.url, 'ada');
  expect((await fetch(`${other.url}/users/ada/visits`, { method: 'POST' })).status).toBe(421);
  expect((await refusedUpgrade(other.url, 'ada')).statusCode).toBe(421);
  expect(await visit(owner.url, 'ada')).toMatchObject({ visits: 2 });
});

it('gives a user up when the user leaves', async () => {
  const { url, route } = await service.startPod(0);
  await visit(url, 'ada');
  expect((await fetch(`${url}/users/ada`, { method: 'DELETE' })).status).toBe(204);
  expect(route.server.holds('ada')).toBe(false);
  expect(await route.client.getLinkedPodNotCache('game', 'ada', 'room')).toBeUndefined();
});

it('is ready between start and stop, and takes nobody outside', async () => {
  const route = createStatefulRoute(service.podOptions(0));
  const app = await createPodServer({ podId: 0, route, room: new Room(route.server) });
  service.closeLater(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const statuses = async () => {
    const visits = await fetch(`${url}/users/ada/visits`, { method: 'POST' });
    const probes = await Promise.all(['/livez', '/readyz'].map((path) => fetch(url + path)));
    return [...probes, visits].map(({ status }) => status);
  };
  expect(await statuses()).toEqual([200, 503, 421]);
  await route.start();
  expect(await statuses()).toEqual([200, 200, 200]);
  await route.server.release('ada');
  await route.stop();
  expect(await statuses()).toEqual([200, 503, 421]);
});

it('ends the liveness of a process whose ordinal another one has taken', async () => {
  const displaced = await service.startPod(0);
  await visit(displaced.url, 'ada');
  const socket = await connect(displaced.url, 'ada');
  const code = closeCode(socket);
  await service.startPod(0);
  await displaced.route.server.setMetadata({ beat: 'now' }).catch(() => {});
  expect((await fetch(`${displaced.url}/livez`)).status).toBe(503);
  expect((await fetch(`${displaced.url}/users/ada/visits`, { method: 'POST' })).status).toBe(421);
  expect(await code).toBe(1012);
});

it('hands its users over when it closes: they are saved and served elsewhere, and their sockets are closed with "come back"', async () => {
  const [first, second] = [await service.startPod(0), await service.startPod(1)];
  await first.room.enter('ada');
  const { url } = await service.startGateway();
  expect(await visit(url, 'ada')).toEqual({ uid: 'ada', podId: 0, visits: 1 });
  const socket = await connect(url, 'ada');
  expect(await say(socket)).toMatchObject({ podId: 0, visits: 2 });
  const code = closeCode(socket);

  expect(await first.route.stop()).toEqual({ left: 0, unsaved: [] });
  expect(await code).toBe(1012);
  expect(await visit(url, 'ada')).toEqual({ uid: 'ada', podId: 1, visits: 3 });
  expect(second.route.server.holds('ada')).toBe(true);
});

it('refuses a user who is sent here while it drains, so that the user is placed elsewhere', async () => {
  const draining = await service.startPod(0);
  const { url } = await service.startGateway();
  await draining.room.enter('bob');
  await draining.route.client.setLinkedPodIfAbsent('game', 'ada', 'room', 0);
  await draining.route.server.drain({ deadlineMs: 0 });
  await service.startPod(1);
  expect(await visit(draining.url, 'bob')).toMatchObject({ podId: 0 });
  expect((await fetch(`${draining.url}/users/ada/visits`, { method: 'POST' })).status).toBe(421);
  expect(await draining.route.client.getLinkedPodNotCache('game', 'ada', 'room')).toBeUndefined();
  expect(await visit(url, 'ada')).toMatchObject({ podId: 1 });
});
