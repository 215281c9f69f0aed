import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as sendRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  begin,
  hold,
  httpPod,
  type PodServer,
  rawPod,
  replyTo,
  send,
  sendRaw,
  startFleet,
  until,
} from './fleet.ts';

const LONG = 100_000;

/** A pod that answers with the length and the digest of what it got. */
function digesting(): Promise<PodServer> {
  return httpPod((request, response) => {
    const digest = createHash('sha256');
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      digest.update(chunk);
      length += chunk.length;
    });
    request.on('end', () =>
      response.end(`${request.headers['content-length'] ?? 'chunked'} ${length} ${digest.digest('hex')}`),
    );
  });
}

const digestOf = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

/** Two pods: the first says that it does not hold the user, by the given rule; the second answers. Both heard are told. */
async function movedUser(refuse: (request: IncomingMessage) => boolean) {
  const heard: string[] = [];
  const wrong = await httpPod(
    (request, response) => {
      heard.push('wrong');
      if (refuse(request))
        response.writeHead(421, { 'stateful-route': 'not-mine', connection: 'close' }).end();
    },
    (server) =>
      server.on('checkContinue', (request: IncomingMessage, response) => {
        heard.push('wrong, asked first');
        response.writeHead(421, { 'stateful-route': 'not-mine', connection: 'close' }).end();
        request.resume();
      }),
  );
  const right = await digesting();
  const fleet = await startFleet([wrong.address, right.address]);
  await hold(fleet, 'ada', 0);
  await fleet.route.pods[0]!.server.release('ada');
  await fleet.route.pods[1]!.server.claim('ada');
  return {
    heard,
    fleet,
    async [Symbol.asyncDispose]() {
      await fleet[Symbol.asyncDispose]();
      await Promise.all([wrong.close(), right.close()]);
    },
  };
}

describe('a body', () => {
  it('arrives whole, whatever its length and framing', async () => {
    const pod = await digesting();
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    for (const length of [0, 1, 65_535, 65_536, 65_537, LONG, 3_000_000]) {
      const body = randomBytes(length);
      for (const method of ['POST', 'PUT', 'DELETE', 'GET']) {
        const plain = begin(fleet, { 'content-length': length }, method);
        plain.end(body);
        const named = length === 0 && method !== 'POST' && method !== 'PUT' ? 'chunked' : length;
        expect((await replyTo(plain)).body).toBe(`${named} ${length} ${digestOf(body)}`);
      }
      const chunked = begin(fleet, { 'transfer-encoding': 'chunked' });
      chunked.end(body);
      const { body: answer } = await replyTo(chunked);
      expect(answer.split(' ').slice(1)).toEqual([String(length), digestOf(body)]);
    }
    expect(fleet.gateway.stats().pending).toBe(0);
    await pod.close();
  });

  it('that is short is sent again after 421 with our header', async () => {
    await using moved = await movedUser(() => true);
    for (const headers of [{ 'content-length': 60_000 }, { 'transfer-encoding': 'chunked' }]) {
      const body = randomBytes(60_000);
      const sending = begin(moved.fleet, headers);
      sending.end(body);
      expect((await replyTo(sending)).body).toContain(digestOf(body));
    }
  });

  it('that is long is read only after the pod’s 100, so that a 421 before it leads to another pod', async () => {
    await using moved = await movedUser(() => true);
    const body = randomBytes(1_000_000);
    const sending = begin(moved.fleet, { 'content-length': body.length });
    sending.end(body);
    expect((await replyTo(sending)).body).toBe(`${body.length} ${body.length} ${digestOf(body)}`);
    expect(moved.heard).toEqual(['wrong, asked first']);
  });

  it('that is long and streamed to a pod without 100 is answered 503 with Retry-After after a 421', async () => {
    let received = 0;
    const pod = await rawPod((socket) => {
      socket.on('data', (chunk: Buffer) => {
        const before = received;
        received += chunk.length;
        if (before <= 500_000 && received > 500_000) {
          socket.end(
            'HTTP/1.1 421 Misdirected Request\r\nstateful-route: not-mine\r\ncontent-length: 0\r\n\r\n',
          );
        }
      });
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const sending = begin(fleet, { 'content-length': 1_000_000 });
    sending.end(Buffer.alloc(1_000_000));
    await until(() => received > 0);
    await fleet.route.advance(1_001);
    expect(await replyTo(sending)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    await pod.close();
  });

  it('without a length that goes on and on is streamed both ways', async () => {
    const pod = await httpPod((request, response) => {
      request.on('data', (chunk: Buffer) => response.write(`<${chunk.toString()}>`));
      request.on('end', () => response.end('.'));
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const sending = begin(fleet, { 'transfer-encoding': 'chunked' });
    const response = once(sending, 'response') as Promise<[IncomingMessage]>;
    sending.write('a');
    // It is collected for a second.
    while (pod.connections() === 0) {
      await fleet.route.advance(100);
      await new Promise(setImmediate);
    }
    const [answer] = await response;
    let text = '';
    answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await until(() => text === '<a>');
    sending.write('b');
    await until(() => text === '<a><b>');
    await fleet.route.advance(100_000);
    sending.end('c');
    await once(answer, 'end');
    expect(text).toBe('<a><b><c>.');
    await pod.close();
  });

  it('of a client that waits for a 100 is asked for only when the pod wants it', async () => {
    const asked: string[] = [];
    const pod = await httpPod(
      () => {},
      (server) =>
        server.on('checkContinue', (request: IncomingMessage, response) => {
          asked.push(request.url!);
          if (request.url === '/no') {
            response.writeHead(403, { connection: 'close' }).end('no');
            return;
          }
          response.writeContinue();
          request.on('data', () => {});
          request.on('end', () => response.end('yes'));
        }),
    );
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    for (const path of ['/yes', '/no']) {
      const sending = sendRequest({
        port: fleet.port,
        host: '127.0.0.1',
        agent: false,
        method: 'POST',
        path,
        headers: { 'x-user': 'ada', 'content-length': 3, expect: '100-continue' },
      });
      sending.on('error', () => {});
      let continued = 0;
      sending.on('continue', () => {
        continued += 1;
        sending.end('abc');
      });
      sending.flushHeaders();
      const reply = await replyTo(sending);
      expect([path, reply.status, reply.body, continued]).toEqual(
        path === '/yes' ? ['/yes', 200, 'yes', 1] : ['/no', 403, 'no', 0],
      );
      sending.destroy();
    }
    expect(asked).toEqual(['/yes', '/no']);
    await pod.close();
  });

  it('of a client that waits for a 100 is not asked for when the request is refused', async () => {
    await using fleet = await startFleet([]);
    const text = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
    expect(await sendRaw(fleet.port, text)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that is answered early is thrown away, and the connection is kept', async () => {
    const pod = await httpPod((request, response) => {
      if (request.method === 'POST') response.writeHead(413, { connection: 'close' }).end('too long');
      else response.end('next');
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const head = `POST / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nContent-Length: 2000000\r\n\r\n`;
    const next = 'GET / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\n\r\n';
    const received = await sendRaw(fleet.port, `${head}${'x'.repeat(2_000_000)}${next}`, (text) =>
      text.endsWith('next'),
    );
    expect(received).toMatch(/^HTTP\/1\.1 413 [^]*too long[^]*HTTP\/1\.1 200 [^]*next$/);
    await pod.close();
  });

  it('that is longer than `maxBodyBytes` is 413, by its length or as it comes', async () => {
    const pod = await digesting();
    await using fleet = await startFleet([pod.address], { maxBodyBytes: 1_000, replayBytes: 10 });
    await hold(fleet, 'ada', 0);
    expect(await send(fleet, { method: 'POST', body: 'x'.repeat(1_001) })).toMatchObject({ status: 413 });
    expect(pod.connections()).toBe(0);
    const sending = begin(fleet, { 'transfer-encoding': 'chunked' });
    sending.write('x'.repeat(900));
    await until(() => pod.connections() === 1);
    sending.end('x'.repeat(900));
    expect(await replyTo(sending)).toMatchObject({ status: 413 });
    expect(await send(fleet, { method: 'POST', body: 'x'.repeat(1_000) })).toMatchObject({ status: 200 });
    await until(() => fleet.gateway.stats().pending === 0);
    await pod.close();
  });

  it('that stops coming is 408 after `idleMs`, though the pod’s deadline is shorter', async () => {
    const pod = await digesting();
    await using fleet = await startFleet([pod.address], { idleMs: 60_000 });
    await hold(fleet, 'ada', 0);
    for (const length of [1_000, 1_000_000]) {
      const made = pod.connections();
      const sending = begin(fleet, { 'content-length': length });
      sending.write(Buffer.alloc(length * 0.9));
      if (length > LONG) await until(() => pod.connections() === made + 1);
      else await until(() => sending.writableLength === 0 && sending.socket?.connecting === false);
      const reply = replyTo(sending);
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
      await fleet.route.advance(50_000);
      await fleet.route.advance(20_000);
      expect([length, (await reply).status]).toEqual([length, 408]);
      sending.destroy();
    }
    await until(() => fleet.gateway.stats().pending === 0);
    await pod.close();
  });

  it('is never taken for whole by a pod when its client went away', async () => {
    let whole = 0;
    let cut = 0;
    const pod = await httpPod((request) => {
      request.resume();
      request.on('end', () => (whole += 1));
      request.on('close', () => (cut += request.complete ? 0 : 1));
      request.on('error', () => {});
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    for (const headers of [{ 'content-length': 1_000_000 }, { 'transfer-encoding': 'chunked' }]) {
      const before = cut;
      const sending = begin(fleet, headers);
      sending.write(Buffer.alloc(500_000));
      await until(() => pod.sockets.size > 0 && fleet.gateway.stats().pending === 1);
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
      sending.destroy();
      await until(() => cut === before + 1);
    }
    expect(whole).toBe(0);
    await pod.close();
  });
});

describe('a server without `checkContinue`', () => {
  it('has sent the 100 already, and the gateway sends no second one', async () => {
    const pod = await digesting();
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const server = createServer(fleet.gateway.request).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const text =
      'POST / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi';
    const received = await sendRaw(port, text);
    expect(received.match(/HTTP\/1\.1 100/g)).toHaveLength(1);
    expect(received).toContain(`2 2 ${digestOf(Buffer.from('hi'))}`);
    server.close();
    await pod.close();
  });
});
