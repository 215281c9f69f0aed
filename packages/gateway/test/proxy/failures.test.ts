import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  begin,
  type Fleet,
  hold,
  httpPod,
  type PodServer,
  rawPod,
  send,
  sendRaw,
  startFleet,
  passTimeUntil,
  until,
} from './fleet.ts';

/** A pod that answers each request on a connection by the next text; after the last one it ends the connection. */
function scripted(...texts: readonly string[]): Promise<PodServer & { readonly received: string[] }> {
  const received: string[] = [];
  let at = 0;
  return rawPod((socket) => {
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk.toString('latin1'));
      const text = texts[at++];
      if (text === undefined) socket.destroy();
      else socket.write(text);
    });
    socket.on('end', () => socket.destroy());
  }).then((pod) => ({ ...pod, received }));
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Sends a request, and returns the answer's status and what came of its body until its connection ended. */
async function sendCut(fleet: Fleet): Promise<{ status: number; text: string; isWhole: boolean }> {
  const sending = sendRequest({
    port: fleet.port,
    host: '127.0.0.1',
    agent: false,
    headers: { 'x-user': 'ada' },
  });
  sending.end();
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  let text = '';
  answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
  answer.on('error', () => {});
  await new Promise<void>((resolve) => {
    answer.on('close', resolve);
  });
  return { status: answer.statusCode ?? 0, text, isWhole: answer.complete };
}

describe('a pod that fails', () => {
  it('by a reset in the middle of an answer cuts the client’s answer, however that was delimited', async () => {
    const heads = [
      'content-length: 10',
      'transfer-encoding: chunked',
      'x-delimited: by the end of the connection',
    ];
    for (const head of heads) {
      const pod = await rawPod((socket) => {
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
          socket.write(head.includes('chunked') ? '4\r\nhalf\r\n' : 'half', () => {
            setTimeout(() => socket.resetAndDestroy(), 20);
          });
        });
      });
      await using fleet = await startFleet([pod.address]);
      await hold(fleet, 'ada', 0);
      expect([head, await sendCut(fleet)]).toEqual([head, { status: 200, text: 'half', isWhole: false }]);
      // An HTTP/1.0 client knows the end of such an answer by the end of the connection alone, so that must be an error.
      await pod.close();
    }
  });

  it('by an answer that is no HTTP, or too short, is 502 or a cut answer', async () => {
    const pod = await scripted('SSH-2.0-OpenSSH\r\n\r\n');
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    expect(await send(fleet)).toMatchObject({ status: 502 });
    expect(fleet.logged.at(-1)).toMatchObject({ level: 'warn', fields: { podId: 0, uid: 'ada' } });
    await pod.close();
  });

  it('by answering half of a head is 504 by the deadline, and its connection is ended', async () => {
    const pod = await scripted('HTTP/1.1 200 OK\r\nx-half: ');
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const reply = send(fleet);
    await until(() => pod.received.length === 1);
    await fleet.route.advance(10_001);
    expect(await reply).toMatchObject({ status: 504 });
    await until(() => pod.sockets.size === 0);
    expect(fleet.gateway.stats().pending).toBe(0);
    await pod.close();
  });

  it('by hanging in the middle of an answer is cut after `idleMs`, and not at the deadline', async () => {
    const pod = await scripted('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    await using fleet = await startFleet([pod.address], { idleMs: 60_000 });
    await hold(fleet, 'ada', 0);
    const reply = sendCut(fleet);
    await until(() => pod.received.length === 1 && fleet.gateway.stats().pending === 0);
    await fleet.route.advance(50_000);
    expect(pod.sockets.size).toBe(1);
    await fleet.route.advance(11_000);
    expect(await reply).toEqual({ status: 200, text: 'half', isWhole: false });
    await until(() => pod.sockets.size === 0);
    await pod.close();
  });

  it('of a user who is new is asked within the same deadline', async () => {
    const pod = await rawPod((socket) => socket.resume().on('end', () => socket.destroy()));
    await using fleet = await startFleet([pod.address]);
    const reply = send(fleet, { uid: 'new' });
    await until(() => pod.sockets.size === 1);
    await fleet.route.advance(10_001);
    expect(await reply).toMatchObject({ status: 504 });
    await until(() => pod.sockets.size === 0);
    await pod.close();
  });
});

describe('a kept connection that breaks before the first byte of an answer', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    it(`lets a ${method} be sent once more, on a new connection`, async () => {
      const first = OK;
      const pod = await rawPod((socket, count) => {
        let requests = 0;
        socket.on('data', () => {
          requests += 1;
          if (count === 1 && requests > 1) socket.destroy();
          else
            socket.write(
              count === 1 || method !== 'HEAD' ? first : 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n',
            );
        });
      });
      await using fleet = await startFleet([pod.address]);
      await hold(fleet, 'ada', 0);
      expect(await send(fleet)).toMatchObject({ status: 200, body: 'ok' });
      expect(await send(fleet, { method })).toMatchObject({ status: 200 });
      expect(pod.connections()).toBe(2);
      await pod.close();
    });
  }

  it('is 502 for a POST, which is sent once', async () => {
    const pod = await scripted(OK);
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    await send(fleet);
    expect(await send(fleet, { method: 'POST', body: 'x' })).toMatchObject({ status: 502 });
    expect(pod.received.filter((text) => text.startsWith('POST'))).toHaveLength(1);
    await pod.close();
  });

  it('is 502 for a GET if the new connection breaks too', async () => {
    const pod = await rawPod((socket, count) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (count === 1 && requests === 1) socket.write(OK);
        else socket.destroy();
      });
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    await send(fleet);
    expect(await send(fleet)).toMatchObject({ status: 502 });
    expect(pod.connections()).toBe(2);
    await pod.close();
  });

  it('is 502 for a GET if a byte of an answer had come', async () => {
    const pod = await scripted(OK, 'HTTP/1.1 2');
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    await send(fleet);
    const reply = send(fleet);
    await until(() => pod.received.length === 2);
    for (const socket of pod.sockets) socket.end();
    expect(await reply).toMatchObject({ status: 502 });
    expect(pod.connections()).toBe(1);
    await pod.close();
  });
});

describe('a client that goes away', () => {
  it('ends its request at the pod, before and in the middle of the answer', async () => {
    for (const answersHalf of [false, true]) {
      let ended = 0;
      const pod = await httpPod((_request, response) => {
        if (answersHalf) response.write('half');
        response.on('close', () => (ended += 1));
      });
      await using fleet = await startFleet([pod.address]);
      await hold(fleet, 'ada', 0);
      const sending = sendRequest({ port: fleet.port, host: '127.0.0.1', headers: { 'x-user': 'ada' } });
      sending.on('error', () => {});
      sending.end();
      if (answersHalf) await once(sending, 'response');
      else await until(() => pod.sockets.size === 1 && fleet.gateway.stats().pending === 1);
      await until(() => pod.sockets.size === 1);
      sending.destroy();
      await until(() => ended === 1 || pod.sockets.size === 0, 'the end at the pod');
      await until(() => fleet.gateway.stats().pending === 0);
      expect(pod.connections()).toBe(1);
      await pod.close();
    }
  });

  it('while its pod is looked for leaves nothing behind', async () => {
    const pod = await httpPod((_request, response) =>
      response.writeHead(421, { 'stateful-route': 'not-mine' }).end(),
    );
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const sending = sendRequest({ port: fleet.port, host: '127.0.0.1', headers: { 'x-user': 'ada' } });
    sending.on('error', () => {});
    sending.end();
    await until(() => pod.connections() > 0 && fleet.gateway.stats().pending === 1);
    sending.destroy();
    await until(() => fleet.gateway.stats().pending === 0);
    await fleet.route.advance(20_000);
    expect(fleet.logged.filter(({ level }) => level === 'error')).toEqual([]);
    await pod.close();
  });
});

describe('limits and refusals', () => {
  it('answers 503 beyond `maxPending`, and when closing', async () => {
    const pod = await rawPod((socket) => socket.resume().on('end', () => socket.destroy()));
    await using fleet = await startFleet([pod.address], { maxPending: 2 });
    await hold(fleet, 'ada', 0);
    const waiting = [send(fleet), send(fleet)];
    await until(() => fleet.gateway.stats().pending === 2);
    expect(await send(fleet)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    const closed = fleet.gateway.close();
    expect(await send(fleet)).toMatchObject({ status: 503, headers: { connection: 'close' } });
    await fleet.route.advance(10_001);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([504, 504]);
    await closed;
    expect(await fleet.gateway.close()).toBeUndefined();
    await pod.close();
  });

  it('answers 503 if the service has no pod, or the store fails, and says nothing of it', async () => {
    await using fleet = await startFleet([]);
    const reply = await send(fleet);
    expect(reply).toMatchObject({ status: 503 });
    expect(Object.keys(reply.headers)).toContain('retry-after');
    expect(fleet.logged.at(-1)?.fields['error']).toMatchObject({ code: 'SERVICE_NOT_READY' });
    await fleet.route.gateway.stop();
    expect(await send(fleet, { uid: 'bob' })).toMatchObject({ status: 503 });
    expect(fleet.logged.at(-1)?.fields['error']).toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('answers 503 beyond `placeRate` for new users only', async () => {
    const pod = await httpPod((_request, response) => response.end('ok'));
    await using fleet = await startFleet([pod.address], { placeRate: 1 });
    await hold(fleet, 'ada', 0);
    const replies = [];
    for (const uid of ['b', 'c', 'd', 'ada', 'ada']) replies.push((await send(fleet, { uid })).status);
    expect(replies).toEqual([200, 503, 503, 200, 200]);
    await pod.close();
  });

  it('calls only addresses that `allowAddress` allows, and that are addresses', async () => {
    const pods = await Promise.all([1, 2].map((n) => httpPod((_request, response) => response.end(`${n}`))));
    const [forbidden, allowed] = pods as [PodServer, PodServer];
    const addresses = [
      'https://127.0.0.1:1',
      '127.0.0.1:1/path',
      'no address',
      forbidden.address,
      allowed.address,
    ];
    await using fleet = await startFleet(addresses, {
      allowAddress: (address) => address !== forbidden.address,
    });
    const replies = Promise.all(['a', 'b', 'c', 'd', 'e'].map((uid) => send(fleet, { uid })));
    await passTimeUntil(fleet, replies);
    expect((await replies).map(({ body }) => body)).toEqual(['2', '2', '2', '2', '2']);
    expect(forbidden.connections()).toBe(0);
    await Promise.all(pods.map((pod) => pod.close()));
  });

  it('waits for a uid that is a promise, and asks no pod for a client that has gone', async () => {
    const pod = await httpPod((_request, response) => response.end('ok'));
    let tell = (_uid: string): void => {};
    await using fleet = await startFleet([pod.address], {
      uid: () =>
        new Promise((resolve) => {
          tell = resolve;
        }),
    });
    const gone = begin(fleet, {}, 'GET');
    gone.end();
    await until(() => fleet.gateway.stats().pending === 1);
    gone.destroy();
    await until(() => fleet.server.listenerCount('request') === 1);
    const before = tell;
    const reply = send(fleet);
    await until(() => fleet.gateway.stats().pending === 2);
    before('eve');
    tell('ada');
    expect(await reply).toMatchObject({ status: 200 });
    await until(() => fleet.gateway.stats().pending === 0);
    await pod.close();
  });

  it('says so if the body was read before', async () => {
    await using fleet = await startFleet([]);
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        fleet.gateway.request(request, response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const received = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
    );
    expect(received).toMatch(/^HTTP\/1\.1 500 /);
    expect(fleet.logged.at(-1)?.message).toContain('before body parsers');
    server.close();
  });

  it('asks the application for an answer to a request without a uid', async () => {
    await using fleet = await startFleet([], {
      withoutUid: (_request, response) => response.writeHead(302, { location: '/login' }).end(),
    });
    expect(await sendRaw(fleet.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 302 [^]*location: \/login/i,
    );
  });
});

describe('requests that follow each other on one connection without waiting', () => {
  it('are answered in their order', async () => {
    let answerFirst: (() => void) | undefined;
    const pod = await httpPod((request, response) => {
      if (request.url === '/1') answerFirst = () => response.end('1');
      else response.end(request.url);
    });
    await using fleet = await startFleet([pod.address]);
    const text = ['/1', '/2', '/3']
      .map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-User: ada\r\n\r\n`)
      .join('');
    const received = sendRaw(fleet.port, text, (all) => all.endsWith('/3'));
    await until(() => pod.sockets.size === 3 && answerFirst !== undefined);
    answerFirst?.();
    expect([...(await received).matchAll(/\r\n\r\n(\/?\d)/g)].map(([, body]) => body)).toEqual([
      '1',
      '/2',
      '/3',
    ]);
    await pod.close();
  });

  it('are given up with their connection', async () => {
    const pod = await rawPod((socket) => socket.resume().on('end', () => socket.destroy()));
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\n\r\n';
    const client = connect(fleet.port, '127.0.0.1');
    client.write(request + request + request);
    await until(() => pod.sockets.size === 3);
    client.destroy();
    await until(() => pod.sockets.size === 0 && fleet.gateway.stats().pending === 0);
    await fleet.gateway.close();
    expect(pod.connections()).toBe(3);
    await pod.close();
  });
});
