import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { begin, hold, httpPod, replyTo, send, startFleet, until } from './fleet.ts';

describe('an answer', () => {
  it('keeps its length, its compression and its trailers', async () => {
    const zipped = gzipSync('hello '.repeat(1_000));
    const pod = await httpPod((request, response) => {
      if (request.url === '/zip') {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': zipped.length });
        response.end(zipped);
      } else {
        response.writeHead(200, { trailer: 'x-sum' });
        response.write('a');
        response.addTrailers({ 'x-sum': '1' });
        response.end();
      }
    });
    await using fleet = await startFleet([pod.address]);
    const sending = begin(fleet, {}, 'GET', '/zip');
    sending.end();
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    expect(answer.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(zipped.length),
    });
    expect(Buffer.concat(chunks).equals(zipped)).toBe(true);
    expect(await send(fleet)).toMatchObject({
      body: 'a',
      trailers: { 'x-sum': '1' },
      headers: { trailer: 'x-sum' },
    });
    await pod.close();
  });

  it('begins before its body does, and streams as the pod writes', async () => {
    let write = (_text: string): void => {};
    const pod = await httpPod((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      write = (text) => response.write(text);
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const sending = begin(fleet, {}, 'GET');
    sending.end();
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    let text = '';
    answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
    answer.on('error', () => {});
    for (const part of ['data: 1\n\n', 'data: 2\n\n']) {
      write(part);
      await until(() => text.endsWith(part));
      await fleet.route.advance(200_000);
    }
    // A stream of events is ended at close, as a socket is.
    const ended = new Promise((resolve) => answer.on('close', resolve));
    const closed = fleet.gateway.close();
    await fleet.route.advance(10);
    await ended;
    await closed;
    await until(() => pod.sockets.size === 0);
    expect(text).toBe('data: 1\n\ndata: 2\n\n');
    await pod.close();
  });

  it('that becomes a stream of events while the gateway closes is ended too', async () => {
    let answer: (() => void) | undefined;
    const pod = await httpPod((_request, response) => {
      answer = () => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const sending = begin(fleet, {}, 'GET');
    sending.end();
    await until(() => answer !== undefined);
    const closed = fleet.gateway.close();
    await fleet.route.advance(10);
    answer?.();
    const [received] = (await once(sending, 'response')) as [IncomingMessage];
    received.on('error', () => {});
    await fleet.route.advance(10);
    await closed;
    expect(fleet.gateway.stats()).toEqual({ pending: 0, sockets: 0 });
    await pod.close();
  });

  it('of 100 MB goes through, both ways, and a slow reader holds back its writer', async () => {
    const total = 100_000_000;
    const part = Buffer.alloc(1_000_000, 7);
    let podSent = 0;
    let podRead = 0;
    const pod = await httpPod((request, response) => {
      if (request.method === 'POST') {
        request.on('data', (chunk: Buffer) => (podRead += chunk.length));
        request.on('end', () => response.end('done'));
        return;
      }
      response.writeHead(200, { 'content-length': total });
      const more = (): void => {
        while (podSent < total) {
          podSent += part.length;
          if (!response.write(part)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    const down = begin(fleet, {}, 'GET');
    down.end();
    const [answer] = (await once(down, 'response')) as [IncomingMessage];
    answer.pause();
    let before = -1;
    await until(() => {
      const isSteady = before === podSent;
      before = podSent;
      return isSteady;
    });
    expect(podSent).toBeLessThan(40_000_000);
    let read = 0;
    answer.on('data', (chunk: Buffer) => (read += chunk.length));
    answer.resume();
    await once(answer, 'end');
    expect([read, answer.complete]).toEqual([total, true]);

    const up = begin(fleet, { 'content-length': total });
    const replied = replyTo(up);
    for (let sent = 0; sent < total; sent += part.length) if (!up.write(part)) await once(up, 'drain');
    up.end();
    expect((await replied).body).toBe('done');
    expect(podRead).toBe(total);
    await pod.close();
  });

  it('whose reader takes nothing is ended after `idleMs`, with its request at the pod', async () => {
    const pod = await httpPod((_request, response) => {
      response.on('error', () => {});
      response.write(Buffer.alloc(50_000_000));
    });
    await using fleet = await startFleet([pod.address], { idleMs: 60_000 });
    await hold(fleet, 'ada', 0);
    const client: Socket = connect(fleet.port, '127.0.0.1');
    client.on('error', () => {});
    client.write('GET / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\n\r\n');
    await once(client, 'readable');
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    await fleet.route.advance(50_000);
    expect(pod.sockets.size).toBe(1);
    await fleet.route.advance(11_000);
    await until(() => pod.sockets.size === 0, 'the end of the connection to the pod');
    client.destroy();
    await pod.close();
  });
});
