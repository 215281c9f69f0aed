import { once } from 'node:events';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createHost } from '../../src/create-host.ts';
import type { Host, HostOptions } from '../../src/host.ts';
import { webSockets } from '../../src/ws.ts';
import { ask, serve } from './http-client.ts';
import type { Visits } from './scripted-host.ts';

/** More than the lease of 15 s. */
const FENCED_AFTER_MS = 16_000;

let route: TestRoute;
const saved = new Map<string, number>();
beforeEach(async () => {
  saved.clear();
  route = await createTestRoute({ pods: 2 });
});
afterEach(() => route.stop());

/** A pod of HTTP and WebSockets. `/visits` counts; a message by the socket counts, too, and is answered. */
function servePod(podId: number, options: Partial<HostOptions<Visits>> = {}) {
  const host: Host<Visits> = createHost(route.pods[podId]!, {
    open: ({ uid }) => ({ count: saved.get(uid) ?? 0 }),
    save: ({ uid, state }) => void saved.set(uid, state.count),
    ...options,
  });
  return serve(
    host.guard().handle(async ({ entity }, response) => {
      response.end(String(await entity.use((visits) => ++visits.count)));
    }),
    (server) =>
      server.on(
        'upgrade',
        webSockets(host, (socket, _request, stay) => {
          const count = async (): Promise<void> => {
            const answer = await stay.use((visits) => ++visits.count);
            if (typeof answer === 'number') socket.send(String(answer));
          };
          socket.on('message', () => void count());
        }),
      ),
  );
}

async function open(port: number, uid: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { 'stateful-route-uid': uid } });
  await once(socket, 'open');
  return socket;
}

async function say(socket: WebSocket): Promise<string> {
  const answer = once(socket, 'message') as Promise<[Buffer]>;
  socket.send('count');
  return (await answer)[0].toString();
}

it('moves a user without losing what was answered: a pause, the save, the move, 1012; who asks waits for 421', async () => {
  let endSave = (): void => {};
  const save = vi.fn<NonNullable<HostOptions<Visits>['save']>>(async ({ uid, state }) => {
    await new Promise<void>((resolve) => (endSave = resolve));
    saved.set(uid, state.count);
  });
  await using pod = await servePod(0, { save });
  await using other = await servePod(1);
  const socket = await open(pod.port, 'ada');
  expect(await say(socket)).toBe('1');
  expect(await ask(pod.port, { uid: 'ada' })).toMatchObject({ body: '2' });

  const draining = route.drain(0);
  await vi.waitFor(() => expect(save).toHaveBeenCalledOnce());
  // While the save runs, messages wait unread, requests wait unanswered, and the socket stays open.
  const unheard = vi.fn<() => void>();
  socket.on('message', unheard);
  socket.send('count');
  const waiting = ask(pod.port, { uid: 'ada' });
  expect(await ask(pod.port, { uid: 'bob' })).toMatchObject({ status: 421 });
  expect(route.pods[0]!.server.holds('ada')).toBe(false);
  expect(socket.readyState).toBe(WebSocket.OPEN);

  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  endSave();
  expect(await waiting).toMatchObject({ status: 421, headers: { 'stateful-route': 'not-mine' } });
  const [code, reason] = await closed;
  expect([code, reason.toString()]).toEqual([1012, 'the user moved to another pod']);
  expect(unheard).not.toHaveBeenCalled();
  await draining;
  expect(await route.gateway.service('room').locate('ada')).toMatchObject({ podId: 1 });
  expect(await ask(other.port, { uid: 'ada' })).toMatchObject({ status: 200, body: '3' });
});

it('closes the sockets of a pod that is cut off, and answers 503', async () => {
  await using pod = await servePod(0);
  const socket = await open(pod.port, 'ada');
  expect(await say(socket)).toBe('1');
  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  route.kill(0); // none of its calls reaches the store
  await route.advance(FENCED_AFTER_MS);
  const [code, reason] = await closed;
  expect([code, reason.toString()]).toEqual([1012, 'the pod is cut off']);
  const fenced = await ask(pod.port, { uid: 'ada' });
  expect(fenced).toMatchObject({ status: 503, body: '' });
  expect(Number(fenced.headers['retry-after'])).toBeGreaterThanOrEqual(1);
});

it('answers 503 while `open` fails, and 400 for a uid that the driver refuses', async () => {
  await using pod = await servePod(0, {
    open: () => {
      throw new Error('the storage is away');
    },
  });
  expect(await ask(pod.port, { uid: 'ada' })).toMatchObject({ status: 503, body: '' });
  const refused = await ask(pod.port, { uid: 'a{b}' });
  expect(refused).toMatchObject({ status: 400 });
  expect(refused.body).toContain('uid must hold no');
});

it('answers 421 after the route has stopped, so that callers who do not know yet go on', async () => {
  await using pod = await servePod(0);
  await using other = await servePod(1);
  expect(await ask(pod.port, { uid: 'ada' })).toMatchObject({ body: '1' });
  const stopping = route.pods[0]!.stop();
  await route.advance(0);
  await stopping;
  expect(await ask(pod.port, { uid: 'ada' })).toMatchObject({ status: 421 });
  expect(await ask(pod.port, { uid: 'new' })).toMatchObject({ status: 421 });
  expect(await ask(other.port, { uid: 'ada' })).toMatchObject({ body: '2' });
});

it('closes the sockets with 1000 when the application ends the entity', async () => {
  const host = createHost(route.pods[0]!, { open: () => ({ count: 0 }) });
  await using pod = await serve(
    (_request, response) => response.end(),
    (server) =>
      server.on(
        'upgrade',
        webSockets(host, () => {}),
      ),
  );
  const socket = await open(pod.port, 'ada');
  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  expect(await host.end('ada')).toBe(true);
  expect((await closed)[0]).toBe(1000);
  await vi.waitFor(() => expect(host.stats()).toMatchObject({ entities: 0, stays: 0 }));
});
