import { type AddressInfo, connect, createServer } from 'node:net';
import type { Executors } from '@stateful-route/core';
import { startTlsRedis, type TlsRedis } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';
import { everyOperation } from './support/every-operation.ts';

let server: TlsRedis;
beforeAll(async () => {
  server = await startTlsRedis();
});
afterAll(() => server.stop());

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function executorsAt(url: string, tls?: object): Executors {
  const executors = createRedisExecutors(tls ? { url, tls } : { url });
  ends.push(() => executors.close());
  return executors;
}

/** The first byte of a TLS handshake. */
const HANDSHAKE = 0x16;

/** A wire to the server that keeps the first byte of each connection made through it. */
async function wire(): Promise<{ url: string; firstBytes: number[] }> {
  const firstBytes: number[] = [];
  const listening = createServer((near) => {
    const far = connect(server.port, server.host);
    near.once('data', (data) => firstBytes.push(data[0]!));
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  ends.push(() => listening.close());
  return { url: `rediss://127.0.0.1:${(listening.address() as AddressInfo).port}`, firstBytes };
}

describe('over TLS', () => {
  it('every operation succeeds, and both connections are TLS', async () => {
    const { url, firstBytes } = await wire();
    expect(await everyOperation(executorsAt(url, { ca: server.ca }), uniqueNamespace())).toEqual({});
    expect(firstBytes).toEqual([HANDSHAKE, HANDSHAKE]);
  });

  it('a certificate that is not trusted fails calls and the feed, with the reason', async () => {
    const { stateful, feed } = executorsAt(server.url);
    for (const call of [
      () => stateful.getLink('game', 'ada', 'room'),
      () => feed.subscribe('game', 'room', () => {}),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'STORE_ERROR',
        message: expect.stringContaining('self-signed certificate'),
      });
    }
  });
});
