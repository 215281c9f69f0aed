import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { NOT_MINE } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Closed } from '../../src/host.ts';
import { type OnSocket, webSockets, type WebSocketsOptions } from '../../src/ws.ts';
import { serve } from './http-client.ts';
import { ScriptedHost, ScriptedStay, type Visits } from './scripted-host.ts';

let host: ScriptedHost;
beforeEach(() => {
  host = new ScriptedHost();
  host.answers.set('bob', NOT_MINE);
  host.answers.set('eve', new Error('the storage is away'));
});

function serveSockets(onSocket: OnSocket<Visits>, options?: WebSocketsOptions) {
  const listener = webSockets(host, onSocket, options);
  return serve(
    (_request, response) => response.end(),
    (server) => server.on('upgrade', listener),
  );
}

const open = (port: number, uid: string): WebSocket =>
  new WebSocket(`ws://127.0.0.1:${port}`, { headers: { 'stateful-route-uid': uid } });

const closing = (socket: WebSocket): Promise<[number, Buffer]> => once(socket, 'close') as never;

it('serves a user until the socket closes', async () => {
  await using server = await serveSockets((socket, request, stay) => {
    socket.on('message', (text: Buffer) => socket.send(`${stay.uid} ${request.url} ${text.toString()}`));
  });
  const client = open(server.port, 'a%20b');
  await once(client, 'open');
  client.send('hello');
  expect(String((await once(client, 'message'))[0])).toBe('a b / hello');
  expect(host.present).toEqual(['a b']);
  client.close();
  await vi.waitFor(() => expect(host.present).toEqual([]));
});

it.each([
  { uid: 'bob', status: 421, header: 'stateful-route' },
  { uid: 'eve', status: 503, header: 'retry-after' },
  { uid: '', status: 400, header: 'content-type' },
])('answers $status to "$uid" before the upgrade', async ({ uid, status, header }) => {
  await using server = await serveSockets(vi.fn());
  const client = open(server.port, uid);
  const [, response] = (await once(client, 'unexpected-response')) as [ClientRequest, IncomingMessage];
  expect(response.statusCode).toBe(status);
  expect(response.headers).toHaveProperty(header);
  response.resume();
});

it.each<Closed & { code: number; reason: string }>([
  { why: 'handOff', to: 0, code: 1012, reason: 'the user moved to another pod' },
  { why: 'handOff', code: 1012, reason: 'the user was not moved' },
  { why: 'stop', code: 1012, reason: 'the pod stops' },
  { why: 'lost', code: 1012, reason: 'another pod has the user' },
  { why: 'fenced', code: 1012, reason: 'the pod is cut off' },
  { why: 'ended', code: 1000, reason: 'ended' },
])('closes with $code when the entity was closed: $why, $to', async ({ why, to, code, reason }) => {
  await using server = await serveSockets(vi.fn());
  const client = open(server.port, 'ada');
  await once(client, 'open');
  const closed = closing(client);
  host.stays[0]!.signalGone();
  client.send('too late');
  host.stays[0]!.close({ why, to });
  expect(await closed).toEqual([code, Buffer.from(reason)]);
  await vi.waitFor(() => expect(host.present).toEqual([]));
});

it('emits each message that comes before the signal, and none after it, also of one chunk', async () => {
  const heard: string[] = [];
  await using server = await serveSockets((socket) => {
    socket.on('message', (text: Buffer) => {
      heard.push(text.toString());
      if (heard.length === 3) host.stays[0]!.signalGone();
    });
  });
  const client = open(server.port, 'ada');
  await once(client, 'open');
  const closed = closing(client);
  // all in one chunk, and more than one buffer of them
  const { _socket: connection } = client as unknown as { readonly _socket: Socket };
  connection.cork();
  for (let nth = 0; nth < 20_000; nth++) client.send(`message ${nth}`);
  connection.uncork();
  await vi.waitFor(() => expect(heard).toHaveLength(3));
  // a round trip through the server shows that the rest has arrived there
  await fetch(`http://127.0.0.1:${server.port}`);
  host.stays[0]!.close({ why: 'handOff', to: 1 });
  expect((await closed)[0]).toBe(1012);
  expect(heard).toEqual(['message 0', 'message 1', 'message 2']);
});

it('ends the connection of a client that does not answer the close', async () => {
  const clock = new ManualClock();
  await using server = await serveSockets(vi.fn(), { clock });
  const client = open(server.port, 'ada');
  await once(client, 'open');
  client.pause();
  host.stays[0]!.signalGone();
  host.stays[0]!.close({ why: 'stop' });
  await vi.waitFor(async () => {
    await clock.advance(500);
    expect(host.present).toEqual([]);
  });
  client.terminate();
});

it('keeps nothing of a socket that has closed while its entity stays open', async () => {
  const calls: string[] = [];
  let sockets = 0;
  const shared = new ScriptedStay('lobby');
  const lobby = { enter: async () => shared };
  const listener = webSockets(lobby, (socket) => {
    const nth = (sockets += 1);
    for (const name of ['pause', 'close'] as const) {
      const call = socket[name].bind(socket) as (...given: unknown[]) => void;
      socket[name] = (...given: unknown[]) => {
        calls.push(`${name} of ${nth}`);
        call(...given);
      };
    }
  });
  await using server = await serve(
    (_request, response) => response.end(),
    (http) => http.on('upgrade', listener),
  );
  const gone = open(server.port, 'lobby');
  await once(gone, 'open');
  gone.close();
  await closing(gone);
  const present = open(server.port, 'lobby');
  await once(present, 'open');
  calls.length = 0;
  shared.signalGone();
  shared.close({ why: 'stop' });
  expect((await closing(present))[0]).toBe(1012);
  expect(new Set(calls)).toEqual(new Set(['pause of 2', 'close of 2']));
});

it('takes a server with its options, which hears of each connection', async () => {
  const own = new WebSocketServer({ noServer: true, maxPayload: 4 });
  const heard = vi.fn<() => void>();
  own.on('connection', heard);
  await using server = await serveSockets((socket) => void socket.on('error', () => {}), { server: own });
  const client = open(server.port, 'ada');
  await once(client, 'open');
  expect(heard).toHaveBeenCalledOnce();
  const closed = closing(client);
  client.send('too long');
  expect((await closed)[0]).toBe(1009);
});

it('refuses arguments that cannot be used', () => {
  // @ts-expect-error -- no function
  expect(() => webSockets(host)).toThrow('onSocket must be a function');
  // @ts-expect-error -- wrong on purpose
  const wrong: WebSocketsOptions = { uid: 'x', server: 1, port: 8080 };
  expect(() => webSockets(host, vi.fn(), wrong)).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      faults: [
        expect.objectContaining({ name: 'uid' }),
        expect.objectContaining({ name: 'server' }),
        expect.objectContaining({ name: 'port' }),
      ],
    }),
  );
});
