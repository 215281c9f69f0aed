import { connect } from 'node:net';
import { setTimeout as passed } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type RedisServer,
  startErrorProxy,
  startProxy,
  startRedis,
  startSentinel,
  type TcpProxy,
} from '../src/index.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function clientOf(url: string): Redis {
  const made = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  made.on('error', () => {});
  ends.push(() => made.disconnect());
  return made;
}

/** How a call ends within 200 ms. */
function seen(call: Promise<unknown>): Promise<string> {
  const ended = call.then(
    () => 'an answer',
    (error: unknown) => String(error),
  );
  return Promise.race([ended, passed(200, 'silence')]);
}

describe('a server', () => {
  it('is paused, resumed, killed, and restarted on its port without its data', async () => {
    const server = await startRedis();
    ends.push(() => server.stop());
    const own = clientOf(server.url);
    await own.set('key', '1');

    server.pause();
    expect(await seen(own.ping())).toBe('silence');
    server.resume();
    await expect.poll(() => own.get('key').catch(String)).toBe('1');

    server.pause();
    await server.kill();
    await expect(own.ping()).rejects.toThrow(/closed/);
    const meanwhile = server.client.exists('key');
    await server.restart();
    expect(await meanwhile).toBe(0);
    await server.restart();
    expect(await clientOf(server.url).ping()).toBe('PONG');
  });

  it('takes settings and a port', async () => {
    const { port, stop } = await startRedis();
    await stop();
    const server = await startRedis({ port, args: { maxmemory: '5mb' } });
    ends.push(() => server.stop());
    expect(server.port).toBe(port);
    expect(await server.client.config('GET', 'maxmemory')).toEqual(['maxmemory', '5242880']);
  });

  it('is the program that REDIS_SERVER names', async () => {
    vi.stubEnv('REDIS_SERVER', '/nonexistent/server');
    ends.push(() => vi.unstubAllEnvs());
    await expect(startRedis()).rejects.toThrow('/nonexistent/server does not start');
    await expect(startSentinel()).rejects.toThrow('/nonexistent/server does not start');
  });

  it('rejects with its output if it cannot start', async () => {
    await expect(startRedis({ args: { 'no-such-setting': '1' } })).rejects.toThrow(/no-such-setting/);
  });
});

describe('a proxy', () => {
  let server: RedisServer;
  let other: RedisServer;
  beforeAll(async () => {
    [server, other] = await Promise.all([startRedis(), startRedis()]);
  });
  afterAll(() => Promise.all([server.stop(), other.stop()]));

  async function proxy(): Promise<TcpProxy> {
    const made = await startProxy(server.host, server.port);
    ends.push(() => made.stop());
    return made;
  }

  it('passes everything, and counts connections', async () => {
    const wire = await proxy();
    expect(await clientOf(wire.url).ping()).toBe('PONG');
    expect(await clientOf(wire.url).ping()).toBe('PONG');
    expect(wire.connections).toBe(2);
  });

  it('drops everything as a black hole, and then closes connections that lost bytes', async () => {
    const wire = await proxy();
    const client = clientOf(wire.url);
    await client.ping();
    wire.blackhole();
    expect(await seen(client.set('lost', '1'))).toBe('silence');
    expect(client.status).toBe('ready');
    wire.pass();
    await expect.poll(() => client.status).toBe('end');
    expect(await server.client.exists('lost')).toBe(0);
    expect(await clientOf(wire.url).ping()).toBe('PONG');
  });

  it('closes connections that lost bytes before the next fault', async () => {
    const wire = await proxy();
    const client = clientOf(wire.url);
    await client.ping();
    wire.dropReplies();
    expect(await seen(client.set('unheard', '1'))).toBe('silence');
    // The next reply would be matched with the command before.
    wire.hold();
    await expect.poll(() => client.status).toBe('end');
  });

  it('keeps an idle connection during a black hole', async () => {
    const wire = await proxy();
    const client = clientOf(wire.url);
    await client.ping();
    wire.blackhole();
    wire.pass();
    expect(await client.ping()).toBe('PONG');
  });

  it('holds requests and sends them later, even after their sender is gone', async () => {
    const wire = await proxy();
    const client = clientOf(wire.url);
    await client.ping();
    wire.hold();
    expect(await seen(client.set('late', '1'))).toBe('silence');
    client.disconnect();
    expect(await server.client.exists('late')).toBe(0);
    wire.pass();
    await expect.poll(() => server.client.get('late')).toBe('1');
  });

  it('delays both directions, and keeps the order when the delay ends', async () => {
    const wire = await proxy();
    const client = clientOf(wire.url);
    await client.ping();
    wire.delay(100);
    const start = performance.now();
    const first = client.rpush('ordered', 'first').then(() => performance.now() - start);
    await expect.poll(() => performance.now() - start).toBeGreaterThan(20);
    wire.pass();
    await Promise.all([client.rpush('ordered', 'second'), client.rpush('ordered', 'third')]);
    expect(await server.client.lrange('ordered', 0, -1)).toEqual(['first', 'second', 'third']);
    // Only the request was still delayed.
    expect(await first).toBeGreaterThan(90);
  });

  it('drops replies, with and without their connection', async () => {
    const wire = await proxy();
    const [quiet, cut] = [clientOf(wire.url), clientOf(wire.url)];
    await Promise.all([quiet.ping(), cut.ping()]);
    wire.dropReplies();
    expect(await seen(quiet.set('unheard', '1'))).toBe('silence');
    wire.cutOnReply();
    await expect(cut.set('cut', '1')).rejects.toThrow(/closed/);
    await expect.poll(() => server.client.mget('unheard', 'cut')).toEqual(['1', '1']);
  });

  it('refuses, cuts, and retargets', async () => {
    const wire = await proxy();
    const client = clientOf(wire.url);
    await client.ping();
    wire.refuse();
    await expect.poll(() => client.status).toBe('end');
    const refused = connect(wire.port, wire.host);
    await expect(
      new Promise((resolve, reject) => {
        refused.once('close', resolve).once('error', reject);
      }),
    ).rejects.toThrow(/ECONNRESET/);
    wire.pass();
    const again = clientOf(wire.url);
    await again.ping();
    wire.retarget(other.host, other.port);
    await expect.poll(() => again.status).toBe('end');
    await other.client.set('where', 'other');
    expect(await clientOf(wire.url).get('where')).toBe('other');
  });
});

describe('a proxy of errors', () => {
  it('rewrites errors, also inside lists, and nothing that only looks like one, in chunks of any size', async () => {
    const server = await startRedis();
    ends.push(() => server.stop());
    const proxy = await startErrorProxy(server.host, server.port, (text) => `before ${text}`);
    ends.push(() => proxy.stop());
    const own = clientOf(proxy.url);
    const like = `\r\n-OOM é\r\n$3\r\n${'-OOM '.repeat(100_000)}\r\n-OOM`;
    await own.set('like', like);
    const replies = await Promise.allSettled([
      own.get('like'),
      own.call('OOM'),
      own.mget('like', 'none', 'like'),
      own.eval("return { 1, redis.error_reply('OOM no') }", 0),
      own.get('none'),
      own.lpush('like', 'x'),
      own.ping(),
    ]);
    const said = replies.map((reply) => (reply.status === 'fulfilled' ? reply.value : String(reply.reason)));
    expect(said).toEqual([
      like,
      expect.stringMatching(/^ReplyError: before ERR unknown command/),
      [like, null, like],
      [1, expect.objectContaining({ message: 'before OOM no' })],
      null,
      expect.stringMatching(/^ReplyError: before WRONGTYPE/),
      'PONG',
    ]);
  });
});
