import { NOT_MINE } from '@stateful-route/core';
import { Server as EngineServer, type Socket as EngineSocket } from 'engine.io';
import { Server as IoServer, type ServerOptions, type Socket as IoSocket } from 'socket.io';
import { io, type ManagerOptions, type Socket as ClientSocket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardEngine, stayOf } from '../../src/engine-io.ts';
import type { UidOf } from '../../src/host.ts';
import { ask, serve } from './http-client.ts';
import { ScriptedHost, type Visits } from './scripted-host.ts';

let host: ScriptedHost;
let ioServer: IoServer;
let port: number;
/** What the application heard. */
let heard: string[];
const ending: (() => unknown)[] = [];

beforeEach(async () => {
  host = new ScriptedHost();
  host.answers.set('bob', NOT_MINE);
  host.answers.set('eve', Object.assign(new Error('full'), { retryAfterMs: 1_500 }));
  heard = [];
  await start();
});
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

async function start(uid?: UidOf, options?: Partial<ServerOptions>): Promise<void> {
  const server = await serve((_request, response) => response.writeHead(404).end());
  ioServer = new IoServer(server.server, { serveClient: false, ...options });
  guardEngine(ioServer.engine, host, { uid });
  ioServer.on('connection', (socket: IoSocket) => {
    socket.on('say', async (text: string, answer: (count: unknown) => void) => {
      heard.push(text);
      answer(await stayOf<Visits>(socket.conn).use((visits) => ++visits.count));
    });
  });
  port = server.port;
  ending.push(async () => {
    await ioServer.close();
    await server[Symbol.asyncDispose]();
  });
}

function client(uid: string, transports: string[], options: Partial<ManagerOptions> = {}): ClientSocket {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports,
    extraHeaders: { 'stateful-route-uid': uid },
    reconnection: false,
    forceNew: true,
    ...options,
  });
  ending.push(() => socket.close());
  return socket;
}

const connected = (socket: ClientSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });

/** Waits for the upgrade of a session that begins by polling. */
const usesWebSocket = (socket: ClientSocket, by: string): Promise<void> =>
  vi.waitFor(() => expect(by).toMatch(new RegExp(`${socket.io.engine.transport.name}$`)));

const disconnected = (socket: ClientSocket): Promise<string> =>
  new Promise((resolve) => void socket.once('disconnect', resolve));

describe.each([
  { by: 'polling', transports: ['polling'] },
  { by: 'websocket', transports: ['websocket'] },
  { by: 'upgrade to websocket', transports: ['polling', 'websocket'] },
])('$by', ({ by, transports }) => {
  it('keeps the user for as long as the session lasts', async () => {
    const socket = client('a%20b', transports);
    await connected(socket);
    await usesWebSocket(socket, by);
    expect(await socket.emitWithAck('say', 'hello')).toBe(1);
    expect(await socket.emitWithAck('say', 'again')).toBe(2);
    expect(heard).toEqual(['hello', 'again']);
    expect(new Set(host.entered)).toEqual(new Set(['a b']));
    expect(host.stays[0]!.left).toBe(0);
    socket.close();
    await vi.waitFor(() => expect(host.present).toEqual([]));
  });

  it('closes the session when the user has gone, and hears nothing after the signal', async () => {
    const socket = client('ada', transports);
    await connected(socket);
    await usesWebSocket(socket, by);
    await socket.emitWithAck('say', 'before');
    const [session] = host.stays;
    const end = disconnected(socket);
    session!.signalGone();
    host.answers.set('ada', NOT_MINE);
    socket.emit('say', 'after', () => {});
    // a round trip through the server
    await ask(port);
    session!.close({ why: 'handOff', to: 1 });
    expect(await end).toMatch(/transport (close|error)/);
    expect(heard).toEqual(['before']);
    await vi.waitFor(() => expect(host.present).toEqual([]));
  });

  it('connects again by itself when the user is here', async () => {
    const socket = client('ada', transports, { reconnection: true, reconnectionDelay: 10 });
    await connected(socket);
    const again = new Promise<void>((resolve) => void socket.once('connect', resolve));
    host.stays[0]!.signalGone();
    host.stays[0]!.close({ why: 'fenced' });
    await again;
    expect(await socket.emitWithAck('say', 'hello')).toBe(1);
  });

  it('lets in no other pod’s user, and no session of nobody', async () => {
    for (const uid of ['bob', 'eve', '%']) {
      await expect(connected(client(uid, transports))).rejects.toThrow(/error/);
    }
    expect(host.stays).toEqual([]);
    expect(ioServer.engine.clientsCount).toBe(0);
  });
});

it('closes a WebSocket with 1012 and the reason', async () => {
  const socket = client('ada', ['websocket']);
  await connected(socket);
  const [connection] = [...ioServer.sockets.sockets.values()];
  const { socket: webSocket } = connection!.conn.transport as unknown as { socket: NodeJS.EventEmitter };
  const sent = vi.spyOn(webSocket as unknown as { close(code: number, reason: string): void }, 'close');
  host.stays[0]!.signalGone();
  host.stays[0]!.close({ why: 'stop' });
  await disconnected(socket);
  expect(sent.mock.calls[0]).toEqual([1012, 'the pod stops']);
});

it('answers each polling request by its own uid, with the status of a guard', async () => {
  const path = '/socket.io/?EIO=4&transport=polling';
  expect(await ask(port, { path, uid: 'bob' })).toMatchObject({
    status: 421,
    body: '',
    headers: { 'stateful-route': 'not-mine' },
  });
  expect(await ask(port, { path, uid: 'eve' })).toMatchObject({
    status: 503,
    headers: { 'retry-after': '2' },
  });
  expect(await ask(port, { path })).toMatchObject({ status: 400 });
  const opened = await ask(port, { path, uid: 'ada' });
  expect(opened).toMatchObject({ status: 200 });
  const { sid } = JSON.parse(opened.body.slice(1)) as { sid: string };

  // Another user's request never reaches the session.
  const theirs = await ask(port, { path: `${path}&sid=${sid}`, uid: 'dan', body: '40' });
  expect(theirs).toMatchObject({ status: 400 });
  expect(JSON.parse(theirs.body)).toEqual({ code: 1, message: 'Session ID unknown' });
  // The user has moved: the caller's next question finds the new pod.
  host.answers.set('ada', NOT_MINE);
  expect(await ask(port, { path: `${path}&sid=${sid}`, uid: 'ada', body: '40' })).toMatchObject({
    status: 421,
  });
  host.answers.delete('ada');
  expect(await ask(port, { path: `${path}&sid=${sid}`, uid: 'ada', body: '40' })).toMatchObject({
    status: 200,
    body: 'ok',
  });
  await vi.waitFor(() => expect(host.present).toEqual(['ada']));
});

it('answers an upgrade on its socket', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'stateful-route-uid': 'bob' };
  const path = '/socket.io/?EIO=4&transport=websocket';
  expect(await ask(port, { path, headers })).toMatchObject({
    status: 421,
    body: '',
    headers: { 'stateful-route': 'not-mine' },
  });
});

it('takes the uid from where it is told, and ends handshakes that the engine refuses', async () => {
  await ending.pop()!();
  const uid: UidOf = ({ url }) => new URL(url!, 'http://x').searchParams.get('user') ?? undefined;
  await start(uid, { allowRequest: (_request, allow) => allow('not today', false) });
  const refused = await ask(port, { path: '/socket.io/?EIO=4&transport=polling&user=ada' });
  expect(refused).toMatchObject({ status: 403 });
  expect(host.entered).toEqual(['ada']);
  await vi.waitFor(() => expect(host.present).toEqual([]));
});

it('guards a bare server of Engine.IO', async () => {
  const engine = new EngineServer();
  guardEngine(engine, host);
  engine.on('connection', (session: EngineSocket) => {
    session.on('message', (text: string) => session.send(`${stayOf(session).uid} said ${text}`));
  });
  await using server = await serve(
    (_request, response) => response.end(),
    (http) => engine.attach(http),
  );
  const path = '/engine.io/?EIO=4&transport=polling';
  expect(await ask(server.port, { path, uid: 'bob' })).toMatchObject({ status: 421 });
  const { sid } = JSON.parse((await ask(server.port, { path, uid: 'ada' })).body.slice(1)) as { sid: string };
  await ask(server.port, { path: `${path}&sid=${sid}`, uid: 'ada', body: '4hello' });
  expect((await ask(server.port, { path: `${path}&sid=${sid}`, uid: 'ada' })).body).toContain(
    'ada said hello',
  );
  engine.close();
  await vi.waitFor(() => expect(host.present).toEqual([]));
});

it('refuses arguments that cannot be used', () => {
  // @ts-expect-error -- no engine
  expect(() => guardEngine({}, host)).toThrow('engine must be a server of Engine.IO');
  // @ts-expect-error -- no host
  expect(() => guardEngine(ioServer.engine, {})).toThrow('host must be what createHost returns');
  expect(() => stayOf({})).toThrow('session must be of a guarded engine');
});
