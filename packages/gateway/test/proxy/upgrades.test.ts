import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  deadAddress,
  type Fleet,
  hold,
  httpPod,
  type PodServer,
  rawPod,
  sendRaw,
  startFleet,
  until,
} from './fleet.ts';

interface WsPod extends PodServer {
  readonly server: WebSocketServer;
}

async function wsPod(onSocket: (socket: WebSocket, uid: string) => void): Promise<WsPod> {
  const server = new WebSocketServer({ noServer: true });
  server.on('connection', (socket, request) =>
    onSocket(socket, String(request.headers['stateful-route-uid'])),
  );
  const pod = await httpPod(
    (_request, response) => response.end(),
    (http) => {
      http.on('upgrade', (request, socket, head) => {
        server.handleUpgrade(request, socket, head, (ws) => server.emit('connection', ws, request));
      });
    },
  );
  return { ...pod, server };
}

function echo(socket: WebSocket, uid: string): void {
  socket.on('message', (data, isBinary) =>
    socket.send(isBinary ? data : `${uid}: ${(data as Buffer).toString()}`, { binary: isBinary }),
  );
}

async function open(fleet: Fleet, uid = 'ada'): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${fleet.port}/socket?x=1`, {
    headers: { 'x-user': encodeURIComponent(uid) },
  });
  await once(socket, 'open');
  return socket;
}

const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: a',
  'X-User: ada',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');

/** A pod that accepts every upgrade, and then does what the test says. */
function rawUpgrades(then: (socket: Socket, count: number) => void): Promise<PodServer> {
  return rawPod((socket, count) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      then(socket, count);
    });
  });
}

describe('an upgrade', () => {
  it('carries messages both ways, compressed or not, and ends with its client', async () => {
    const pod = await wsPod(echo);
    await using fleet = await startFleet([pod.address]);
    const socket = await open(fleet, 'ädä');
    socket.send('hello');
    const [text] = (await once(socket, 'message')) as [Buffer];
    expect(text.toString()).toBe(`${encodeURIComponent('ädä')}: hello`);
    const large = Buffer.alloc(3_000_000, 7);
    socket.send(large);
    const [binary] = (await once(socket, 'message')) as [Buffer];
    expect(binary.equals(large)).toBe(true);
    expect(fleet.gateway.stats()).toEqual({ pending: 0, sockets: 1 });
    const [podSocket] = pod.server.clients;
    socket.close(4001, 'bye');
    const [code, reason] = (await once(podSocket!, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4001, 'bye']);
    await until(() => fleet.gateway.stats().sockets === 0);
    await pod.close();
  });

  it('passes on the code with which a pod closes', async () => {
    const pod = await wsPod((socket) => socket.close(4321, 'no'));
    await using fleet = await startFleet([pod.address]);
    const socket = await open(fleet);
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(4321);
    await pod.close();
  });

  it('is told 1012 when its pod’s connection ends between two frames', async () => {
    const pod = await wsPod(echo);
    await using fleet = await startFleet([pod.address]);
    const socket = await open(fleet);
    socket.send('x');
    await once(socket, 'message');
    for (const each of pod.sockets) each.resetAndDestroy();
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, reason.length > 0]).toEqual([1012, true]);
    await pod.close();
  });

  it('is cut when its pod’s connection ends in the middle of a frame', async () => {
    const pod = await rawUpgrades((socket) => socket.end(Buffer.from([0x82, 5, 1, 2])));
    await using fleet = await startFleet([pod.address]);
    const received = await sendRaw(fleet.port, HANDSHAKE);
    expect(Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1')).toEqual(
      Buffer.from([0x82, 5, 1, 2]),
    );
    await pod.close();
  });

  it('is told 1012 when its pod has died, and when it lives another life', async () => {
    const pods = await Promise.all([wsPod(echo), wsPod(echo)]);
    await using fleet = await startFleet(pods.map(({ address }) => address));
    await hold(fleet, 'ada', 0);
    await hold(fleet, 'bob', 1);
    const sockets = await Promise.all([open(fleet, 'ada'), open(fleet, 'bob')]);
    await until(() => fleet.gateway.stats().sockets === 2);
    await fleet.route.advance(100);
    fleet.route.kill(0);
    const dead = once(sockets[0], 'close') as Promise<[number]>;
    for (let ms = 0; ms < 20_000; ms += 1_000) await fleet.route.advance(1_000);
    expect((await dead)[0]).toBe(1012);
    expect(sockets[1].readyState).toBe(WebSocket.OPEN);
    const restarted = once(sockets[1], 'close') as Promise<[number]>;
    await fleet.route.restart(1);
    await fleet.route.advance(2_000);
    expect((await restarted)[0]).toBe(1012);
    await Promise.all(pods.map((pod) => pod.close()));
  });

  it('stays when the store lost its entries and the pods write them again', async () => {
    const pod = await wsPod(echo);
    await using fleet = await startFleet([pod.address]);
    const socket = await open(fleet);
    await fleet.route.advance(100);
    fleet.route.executors.faults.lose('everything');
    for (let ms = 0; ms < 40_000; ms += 1_000) await fleet.route.advance(1_000);
    socket.send('still');
    const [text] = (await once(socket, 'message')) as [Buffer];
    expect(text.toString()).toBe('ada: still');
    socket.terminate();
    await pod.close();
  });

  it('is asked for at another pod after 421 with our header, and after a connection that could not be made', async () => {
    const wrong = await httpPod(
      (_request, response) => response.end(),
      (http) =>
        http.on('upgrade', (_request, socket) =>
          socket.end(
            'HTTP/1.1 421 Misdirected Request\r\nstateful-route: not-mine\r\ncontent-length: 0\r\n\r\n',
          ),
        ),
    );
    const right = await wsPod(echo);
    await using fleet = await startFleet([wrong.address, right.address, await deadAddress()]);
    await hold(fleet, 'ada', 0);
    await fleet.route.pods[0]!.server.release('ada');
    await fleet.route.pods[1]!.server.claim('ada');
    const socket = await open(fleet);
    socket.send('x');
    const [text] = (await once(socket, 'message')) as [Buffer];
    expect(text.toString()).toBe('ada: x');
    socket.terminate();
    await Promise.all([wrong.close(), right.close()]);
  });

  it('is refused as the pod refuses it', async () => {
    const pod = await httpPod(
      (_request, response) => response.end(),
      (http) =>
        http.on('upgrade', (_request, socket) =>
          socket.end(
            'HTTP/1.1 403 Not You\r\nx-why: rules\r\ntransfer-encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n',
          ),
        ),
    );
    await using fleet = await startFleet([pod.address]);
    const received = await sendRaw(fleet.port, HANDSHAKE);
    expect(received).toMatch(/^HTTP\/1\.1 403 Not You\r\n/);
    expect(received).toMatch(/x-why: rules\r\n/);
    expect(received.toLowerCase()).toMatch(/connection: close\r\n/);
    expect(received).toContain('no!');
    await pod.close();
  });

  it('is answered 504 by the deadline if the pod never answers, and 502 if it ends its connection', async () => {
    const silent = await rawPod((socket) => socket.resume().on('end', () => socket.destroy()));
    const rude = await rawPod((socket) => socket.once('data', () => socket.destroy()));
    await using fleet = await startFleet([silent.address, rude.address]);
    await hold(fleet, 'ada', 0);
    await hold(fleet, 'bob', 1);
    const late = sendRaw(fleet.port, HANDSHAKE);
    await until(() => silent.sockets.size === 1);
    await fleet.route.advance(10_001);
    expect(await late).toMatch(/^HTTP\/1\.1 504 /);
    expect(await sendRaw(fleet.port, HANDSHAKE.replace('ada', 'bob'))).toMatch(/^HTTP\/1\.1 502 /);
    await until(() => silent.sockets.size === 0, 'the end of the connection to the pod');
    await Promise.all([silent.close(), rude.close()]);
  });

  it('with a body or by another method is refused before a pod hears of it', async () => {
    const pod = await rawPod(() => {});
    await using fleet = await startFleet([pod.address]);
    const variants = [
      HANDSHAKE.replace('Host: a', 'Host: a\r\nContent-Length: 5'),
      HANDSHAKE.replace('Host: a', 'Host: a\r\nTransfer-Encoding: chunked'),
      HANDSHAKE.replace('GET', 'POST'),
      HANDSHAKE.replace('X-User: ada', 'X-Other: ada'),
    ];
    for (const variant of variants) expect(await sendRaw(fleet.port, variant)).toMatch(/^HTTP\/1\.1 400 /);
    expect(pod.connections()).toBe(0);
    await pod.close();
  });

  it('sends what came with both heads, in order', async () => {
    const received: Buffer[] = [];
    const pod = await rawPod((socket) => {
      socket.once('data', (head: Buffer) => {
        received.push(head.subarray(head.indexOf('\r\n\r\n') + 4));
        socket.on('data', (chunk: Buffer) => received.push(chunk));
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly',
        );
      });
    });
    await using fleet = await startFleet([pod.address]);
    const answer = await sendRaw(fleet.port, `${HANDSHAKE}also early`, (text) => text.endsWith('early'));
    expect(answer).toMatch(/\r\n\r\nearly$/);
    await until(() => Buffer.concat(received).toString() === 'also early');
    await pod.close();
  });

  it('holds back a fast writer whose reader is slow, both ways', async () => {
    let fromPod: Socket | undefined;
    const pod = await rawUpgrades((socket) => {
      fromPod = socket;
      socket.pause();
    });
    await using fleet = await startFleet([pod.address]);
    const client = connect(fleet.port, '127.0.0.1');
    client.on('error', () => {});
    client.write(HANDSHAKE);
    await once(client, 'data');
    client.pause();
    const part = Buffer.alloc(1_000_000);
    for (const [writer, reader] of [
      [client, fromPod!],
      [fromPod!, client],
    ] as const) {
      let sent = 0;
      while (writer.writableLength < 2_000_000 && sent < 200) {
        writer.write(part);
        sent += 1;
        await new Promise((resolve) => {
          setTimeout(resolve, 2);
        });
      }
      // What is not in the buffers of the kernel waits at the writer.
      expect(sent).toBeLessThan(100);
      let read = 0;
      reader.on('data', (chunk: Buffer) => (read += chunk.length));
      reader.resume();
      await until(() => read === sent * part.length, 'the rest');
      reader.removeAllListeners('data');
      reader.pause();
    }
    client.destroy();
    await pod.close();
  });

  it('of another protocol may end one way and go on the other', async () => {
    const pod = await rawPod((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n');
        let text = '';
        socket.on('data', (chunk) => (text += chunk.toString()));
        socket.on('end', () => socket.end(`got ${text}`));
      });
    });
    await using fleet = await startFleet([pod.address]);
    const client = connect({ port: fleet.port, host: '127.0.0.1', allowHalfOpen: true });
    client.write(HANDSHAKE.replace('websocket', 'lines'));
    await once(client, 'data');
    client.end('all of it');
    let text = '';
    client.on('data', (chunk) => (text += chunk.toString()));
    await once(client, 'end');
    expect(text).toBe('got all of it');
    client.destroy();
    await pod.close();
  });

  it('closes all sockets over a while at close, and refuses new ones', async () => {
    const pod = await wsPod(echo);
    await using fleet = await startFleet([pod.address], { closeSpreadMs: 1_000 });
    const sockets = await Promise.all(['a', 'b', 'c', 'd'].map((uid) => open(fleet, uid)));
    const codes: number[] = [];
    for (const socket of sockets) socket.on('close', (code) => codes.push(code));
    const closed = fleet.gateway.close();
    await fleet.route.advance(1);
    await until(() => codes.length === 1);
    expect(await sendRaw(fleet.port, HANDSHAKE)).toMatch(/^HTTP\/1\.1 503 /);
    await fleet.route.advance(250);
    await until(() => codes.length === 2);
    await fleet.route.advance(1_000);
    await closed;
    await until(() => codes.length === 4);
    expect(codes).toEqual([1012, 1012, 1012, 1012]);
    expect(fleet.gateway.stats().sockets).toBe(0);
    await pod.close();
  });

  it('that is being asked for at close ends with it', async () => {
    let accept: (() => void) | undefined;
    const pod = await rawPod((socket) => {
      socket.once('data', () => {
        accept = () =>
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
          );
      });
      socket.on('end', () => socket.destroy());
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const received = sendRaw(fleet.port, HANDSHAKE);
    await until(() => accept !== undefined);
    let isClosed = false;
    const closed = fleet.gateway.close().then(() => (isClosed = true));
    await fleet.route.advance(10);
    expect(isClosed).toBe(false);
    accept?.();
    await until(() => fleet.gateway.stats().pending === 0);
    await fleet.route.advance(3_000);
    await closed;
    // The close frame: 1012.
    expect(await received).toContain('\x03\xf4');
    expect(fleet.gateway.stats()).toEqual({ pending: 0, sockets: 0 });
    await pod.close();
  });
});
