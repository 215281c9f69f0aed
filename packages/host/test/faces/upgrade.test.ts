import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NOT_MINE } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { createUpgrade } from '../../src/faces/upgrade.ts';
import type { OnUpgrade, UidOf } from '../../src/host.ts';
import { serve } from './http-client.ts';
import { ScriptedHost, type Visits } from './scripted-host.ts';

const clock = new ManualClock();
let host: ScriptedHost;
beforeEach(() => {
  host = new ScriptedHost();
  host.answers.set('bob', NOT_MINE);
  host.answers.set('eve', new Error('the storage is away'));
});

function serveUpgrades(onUpgrade: OnUpgrade<Visits>, uidOf?: UidOf) {
  const listener = createUpgrade(host, uidOf, onUpgrade, clock);
  return serve(
    (_request, response) => response.end(),
    (server) => server.on('upgrade', listener),
  );
}

/** Asks for an upgrade, with bytes that follow at once. */
function upgrade(port: number, uid: string | undefined, following = ''): Socket {
  const socket = connect(port, '127.0.0.1');
  const named = uid === undefined ? '' : `stateful-route-uid: ${uid}\r\n`;
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n${named}\r\n${following}`,
  );
  return socket;
}

async function allOf(socket: Socket): Promise<string> {
  let seen = '';
  socket.on('data', (chunk: Buffer) => (seen += String(chunk)));
  await once(socket, 'close');
  return seen;
}

const accept = (socket: Duplex): void => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
};

it('hands on the socket with what follows the head, and leaves when it closes', async () => {
  const heads: string[] = [];
  await using server = await serveUpgrades((_request, socket, head, stay) => {
    heads.push(String(head), stay.uid);
    accept(socket);
    socket.on('data', (chunk) => socket.write(chunk));
  });
  const client = upgrade(server.port, 'a%20b', 'first');
  await vi.waitFor(() => expect(heads).toEqual(['first', 'a b']));
  expect(host.present).toEqual(['a b']);
  client.destroy();
  await vi.waitFor(() => expect(host.present).toEqual([]));
});

it.each([
  { uid: 'bob', status: '421 Misdirected Request', header: 'stateful-route: not-mine' },
  { uid: 'eve', status: '503 Service Unavailable', header: 'retry-after: 1' },
  { uid: undefined, status: '400 Bad Request', header: 'content-type: text/plain; charset=utf-8' },
  { uid: '%', status: '400 Bad Request', header: 'content-type: text/plain; charset=utf-8' },
])(
  'answers $status to $uid before the upgrade, whatever was sent already',
  async ({ uid, status, header }) => {
    const onUpgrade = vi.fn<OnUpgrade<Visits>>();
    await using server = await serveUpgrades(onUpgrade);
    const answer = await allOf(upgrade(server.port, uid, 'x'.repeat(500_000)));
    expect(answer).toContain(`HTTP/1.1 ${status}\r\n`);
    expect(answer).toContain(`${header}\r\n`);
    expect(answer).toContain('connection: close\r\n');
    if (!status.startsWith('400')) expect(answer).toMatch(/content-length: 0\r\n[^]*\r\n\r\n$/);
    expect(onUpgrade).not.toHaveBeenCalled();
  },
);

it.each([
  { thrown: Object.assign(new Error('who are you?'), { status: 403 }), status: 403, warnings: 0 },
  { thrown: new Error('a fault of mine'), status: 500, warnings: 1 },
])('answers $status when the uid cannot be told', async ({ thrown, status, warnings }) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  await using server = await serveUpgrades(vi.fn(), () => {
    throw thrown;
  });
  expect(await allOf(upgrade(server.port, 'ada'))).toContain(`HTTP/1.1 ${status} `);
  expect(warn).toHaveBeenCalledTimes(warnings);
  warn.mockRestore();
});

it('leaves a stay that comes after the client was reset', async () => {
  let open = (): void => {};
  host.answers.set('ada', new Promise<void>((resolve) => (open = resolve)));
  const onUpgrade = vi.fn<OnUpgrade<Visits>>();
  await using server = await serveUpgrades(onUpgrade);
  const client = upgrade(server.port, 'ada');
  await vi.waitFor(() => expect(host.signals).toHaveLength(1));
  client.resetAndDestroy();
  await vi.waitFor(() => expect(host.signals[0]!.aborted).toBe(true));
  open();
  await vi.waitFor(() => expect(host.stays.map(({ left }) => left)).toEqual([1]));
  expect(onUpgrade).not.toHaveBeenCalled();
});

it('reads nothing after the signal, and ends the socket when the user has gone', async () => {
  let read = '';
  await using server = await serveUpgrades((_request, socket, head) => {
    accept(socket);
    socket.unshift(head);
    socket.on('data', (chunk: Buffer) => (read += String(chunk)));
  });
  const client = upgrade(server.port, 'ada');
  const seen = allOf(client);
  client.write('before');
  await vi.waitFor(() => expect(read).toBe('before'));
  const [stay] = host.stays;
  stay!.signalGone();
  client.write('after');
  // a round trip through the server shows that what was sent before has arrived there
  expect((await fetch(`http://127.0.0.1:${server.port}`)).status).toBe(200);
  expect(read).toBe('before');
  expect(client.closed).toBe(false);
  stay!.close({ why: 'handOff', to: 1 });
  await vi.waitFor(async () => {
    await clock.advance(500);
    expect(client.closed).toBe(true);
  });
  expect(await seen).toContain('101 Switching Protocols');
  await vi.waitFor(() => expect(host.present).toEqual([]));
});

it('leaves it to the application to end the socket sooner', async () => {
  await using server = await serveUpgrades((_request, socket, _head, stay) => {
    accept(socket);
    void stay.closed.then(() => socket.end('bye'));
  });
  const client = upgrade(server.port, 'ada');
  const seen = allOf(client);
  await vi.waitFor(() => expect(host.stays).toHaveLength(1));
  host.stays[0]!.signalGone();
  host.stays[0]!.close({ why: 'stop' });
  expect(await seen).toMatch(/bye$/);
});
