import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createGateway } from '../../src/create-gateway.ts';
import { type Fleet, hold, passTimeUntil, rawPod, sendRaw, startFleet, until } from './fleet.ts';

const HEAD = 'Host: a\r\nX-User: ada\r\n';
const GET = `GET / HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`;
const LONG_POST = `POST / HTTP/1.1\r\n${HEAD}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n`;
const UPGRADE = `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

interface Client {
  received: string;
  ended: boolean;
  write(text: string): void;
  destroy(): void;
}

/** Sends, and never ends its own side. */
function clientOf({ port }: Fleet, text: string): Client {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const client = {
    received: '',
    ended: false,
    write: (more: string) => void socket.write(more, 'latin1'),
    destroy: () => void socket.destroy(),
  };
  socket.on('error', () => {});
  socket.on('data', (chunk) => (client.received += chunk.toString('latin1')));
  socket.on('end', () => (client.ended = true));
  client.write(text);
  return client;
}

const connectionsOf = ({ server }: Fleet): Promise<number> =>
  new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));

describe('a pod’s answer', () => {
  for (const [name, answer, also] of [
    ['with a control character in its reason', 'HTTP/1.1 200 O\u0001K\r\nContent-Length: 2\r\n\r\nok', true],
    ['with a status below 100', 'HTTP/1.1 099 Low\r\nContent-Length: 2\r\n\r\nok', true],
    ['of 101 without an upgrade', 'HTTP/1.1 101 Switching\r\n\r\nhello', true],
    [
      'of 101 that was not asked for',
      'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello',
      false,
    ],
  ] as const) {
    it(`${name} is 502, and nothing else fails`, async () => {
      const pod = await rawPod((socket) => socket.on('data', () => socket.write(answer, 'latin1')));
      await using fleet = await startFleet([pod.address]);
      await hold(fleet, 'ada', 0);
      for (const request of also ? [GET, LONG_POST, UPGRADE] : [GET, LONG_POST]) {
        const received = await sendRaw(fleet.port, request, (text) => text.includes('\n\r\n'));
        expect(received).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
      }
      await pod.close();
    });
  }

  it('and a request keep their bytes beyond ASCII, though the head goes before the body', async () => {
    let heard = '';
    const pod = await rawPod((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
        if (!heard.includes('\r\n\r\n')) return;
        socket.write('HTTP/1.1 200 OK\r\nX-Name: \u00c3\u00a9\r\nContent-Length: 2\r\n\r\n', 'latin1');
      });
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    for (const request of [GET, LONG_POST, UPGRADE]) {
      heard = '';
      const named = request.replace('\r\n', '\r\nX-Client: \u00c3\u00a9\r\n');
      const client = clientOf(fleet, named);
      await until(() => client.received.includes('\r\n\r\n'), 'the head of the answer');
      expect(client.received.toLowerCase()).toContain('x-name: \u00e3\u00a9\r\n');
      expect(heard.toLowerCase()).toContain('x-client: \u00e3\u00a9\r\n');
      client.destroy();
    }
    await pod.close();
  });

  it('of 304 that names a length leaves no connection behind', async () => {
    const pod = await rawPod((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'));
      socket.on('end', () => socket.end());
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    for (let at = 0; at < 3; at += 1) expect(await sendRaw(fleet.port, GET)).toMatch(/^HTTP\/1\.1 304 /);
    expect(pod.connections()).toBe(3);
    await until(() => pod.sockets.size === 0, 'the end of the connections');
    await pod.close();
  });
});

describe('a pod’s 421 with our header', () => {
  const NOT_MINE = 'HTTP/1.1 421 Misdirected Request\r\nStateful-Route: not-mine\r\n';
  for (const [name, head, body] of [
    ['an endless body', 'Transfer-Encoding: chunked', '1\r\na\r\n'],
    ['a body that ends with the connection', 'X-Delimited: so', 'a'],
    ['a body that never comes', 'Content-Length: 5', ''],
  ] as const) {
    it(`and ${name} leads to another pod at once, and its connection is ended`, async () => {
      const wrong = await rawPod((socket) => {
        const goOn = (): void => {
          if (body !== '' && !socket.destroyed) socket.write(body, () => setImmediate(goOn));
        };
        socket.once('data', () => socket.write(`${NOT_MINE}${head}\r\n\r\n`, goOn));
        socket.on('end', () => socket.destroy());
      });
      const right = await rawPod((socket) => {
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine'));
      });
      await using fleet = await startFleet([wrong.address, right.address]);
      for (const request of [GET, LONG_POST, UPGRADE]) {
        await hold(fleet, 'ada', 0);
        await fleet.route.pods[0]!.server.release('ada');
        await fleet.route.pods[1]!.server.claim('ada');
        const received = await sendRaw(fleet.port, request, (text) => text.endsWith('mine'));
        expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        await until(() => wrong.sockets.size === 0, 'the end of the connection');
        fleet.route.gateway.service('room').forget('ada');
        await fleet.route.pods[1]!.server.release('ada');
      }
      expect(wrong.connections()).toBe(3);
      await Promise.all([wrong.close(), right.close()]);
    });
  }
});

it('a short body that comes slowly has its own time, and the pod’s deadline begins at its end', async () => {
  let heard = '';
  const pod = await rawPod((socket) => {
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      if (heard.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  await using fleet = await startFleet([pod.address], { callTimeoutMs: 5_000 });
  for (const uid of ['held', 'new']) {
    heard = '';
    if (uid === 'held') await hold(fleet, uid, 0);
    const client = clientOf(
      fleet,
      `POST / HTTP/1.1\r\nHost: a\r\nX-User: ${uid}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let at = 0; at < 10; at += 1) {
      client.write('1\r\na\r\n');
      await passTimeUntil(fleet, fleet.route.advance(1_000));
      if (at > 1) await until(() => heard.split('1\r\na\r\n').length === at + 2, 'the part at the pod');
    }
    client.write('0\r\n\r\n');
    await until(() => client.received.endsWith('ok'), 'the answer');
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    client.destroy();
  }
  await pod.close();
});

it('an address that cannot be found out, as the application’s function throws, is 500, also after a body was read', async () => {
  await using fleet = await startFleet(['127.0.0.1:1']);
  const { gateway: route } = fleet.route;
  const peek = (): never => {
    throw new Error('no address');
  };
  const broken = {
    routeInfo: route.routeInfo,
    parts: route.parts,
    service: (name: string) => ({ ...route.service(name), peek }),
  };
  const gateway = createGateway(broken, { service: 'room', uid: { header: 'x-user' } });
  const server = createServer(gateway.request).on('upgrade', gateway.upgrade);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const post = `POST / HTTP/1.1\r\n${HEAD}Connection: close\r\nContent-Length: 1\r\n\r\n`;
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.write(post);
  // The body comes by itself, after the head was taken.
  await once(server, 'request');
  socket.write('a');
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 500 /);
  for (const request of [GET, UPGRADE]) expect(await sendRaw(port, request)).toMatch(/^HTTP\/1\.1 500 /);
  expect(gateway.stats().pending).toBe(0);
  server.close();
});

describe('a refused upgrade', () => {
  it('ends with its connection, though its client does not', async () => {
    const pod = await rawPod((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'));
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const clients = [UPGRADE, UPGRADE.replace('X-User', 'X-Other')].map((text) => clientOf(fleet, text));
    await until(() => clients.every(({ ended }) => ended), 'the refusals');
    expect(await connectionsOf(fleet)).toBe(2);
    await fleet.route.advance(2_000);
    let left = 2;
    await until(() => {
      void connectionsOf(fleet).then((count) => (left = count));
      return left === 0;
    }, 'the end of the connections');
    for (const client of clients) client.destroy();
    await pod.close();
  });

  it('that stands still is cut after `idleMs`; until then `close` waits for it', async () => {
    const pod = await rawPod((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nhalf'));
    });
    await using fleet = await startFleet([pod.address], { idleMs: 60_000 });
    await hold(fleet, 'ada', 0);
    const client = clientOf(fleet, UPGRADE);
    await until(() => client.received.endsWith('half'), 'half of the refusal');
    expect(fleet.gateway.stats().pending).toBe(0);
    let closed = false;
    const closing = fleet.gateway.close().then(() => (closed = true));
    await fleet.route.advance(59_000);
    expect([closed, client.ended]).toEqual([false, false]);
    await fleet.route.advance(2_000);
    await closing;
    client.destroy();
    await pod.close();
  });
});
