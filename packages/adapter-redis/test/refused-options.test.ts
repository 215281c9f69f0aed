import { silentLogger } from '@stateful-route/core';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import {
  createRedisExecutors,
  type RedisClient,
  safeClusterOptions,
  safeRedisOptions,
} from '../src/index.ts';
import { reconnectDelayMs } from '../src/client/safe-options.ts';

const nodes = [{ host: '127.0.0.1', port: 1 }];
const redis = (options: object): RedisClient => new Redis({ ...options, lazyConnect: true });
const cluster = (options: object): RedisClient => new Cluster(nodes, { ...options, lazyConnect: true });

/** The names of the faults of options. */
function faultsOf(options: unknown): string[] {
  try {
    createRedisExecutors(options as { client: RedisClient });
  } catch (error) {
    expect(error).toMatchObject({ name: 'RouteError', code: 'INVALID_CONFIG', retryable: false });
    return (error as { faults: { name: string }[] }).faults.map(({ name }) => name);
  }
  return [];
}

describe('options are refused', () => {
  it.each([
    ['neither a client nor an address', {}, ['url']],
    ['both', { client: redis({}), url: 'redis://127.0.0.1' }, ['url']],
    ['nothing', undefined, ['options']],
    ['null', null, ['options']],
    ['a word', 'redis://127.0.0.1', ['options']],
    ['a name that nothing has', { adress: 'redis://127.0.0.1' }, ['adress', 'url']],
    ['an invalid logger', { url: 'redis://127.0.0.1', logger: console.log }, ['logger']],
    ['an invalid clock', { url: 'redis://127.0.0.1', clock: Date }, ['clock']],
    ['each of its faults at once', { timeout: 1, timeoutMs: -1 }, ['timeout', 'timeoutMs', 'url']],
    ['something else as client', { client: {} }, ['client']],
    ['an address of something else', { url: 'http://127.0.0.1' }, ['url']],
    ['a broken address', { url: 'redis://127.0.0.1:port' }, ['url']],
    ['a password that is half encoded', { url: 'redis://:50%@127.0.0.1' }, ['url']],
    ['no address', { url: 7 }, ['url']],
    ['tls for an address without', { url: 'redis://127.0.0.1', tls: {} }, ['tls']],
    ['invalid tls', { url: 'rediss://127.0.0.1', tls: 'ca' }, ['tls']],
    ['tls beside a client', { client: redis({}), tls: {} }, ['tls']],
    ['no deadline', { url: 'redis://127.0.0.1', timeoutMs: 0 }, ['timeoutMs']],
    ['a deadline that no timer holds', { url: 'redis://127.0.0.1', timeoutMs: 3e9 }, ['timeoutMs']],
    ['a deadline that is no number', { url: 'redis://127.0.0.1', timeoutMs: Number.NaN }, ['timeoutMs']],
    ['an endless deadline', { url: 'redis://127.0.0.1', timeoutMs: Infinity }, ['timeoutMs']],
    ['a prefix in an address', { url: 'redis://127.0.0.1?keyPrefix=a' }, ['url']],
    ['a database in an address', { url: 'redis://127.0.0.1/1' }, ['url']],
    ['a database behind an address', { url: 'redis://127.0.0.1?db=2' }, ['url']],
    ['an invalid database', { url: 'redis://127.0.0.1/main' }, ['url']],
    ['database 0 in an address', { url: 'redis://127.0.0.1/0?db=0' }, []],
  ])('with %s', (_, options, faults) => {
    expect(faultsOf(options)).toEqual(faults);
  });

  it('with what of an address is at fault', () => {
    expect(() => createRedisExecutors({ url: 'redis://127.0.0.1/1' })).toThrow('url: db must be 0 or absent');
  });

  it.each([
    ['an address', () => safeRedisOptions('redis://127.0.0.1' as unknown as object)],
    ['nothing that is meant', () => safeRedisOptions(null as unknown as object)],
    ['nodes', () => safeClusterOptions(nodes as object)],
    [
      'an address for connections',
      () => safeClusterOptions({ redisOptions: 'redis://127.0.0.1' as unknown as object }),
    ],
  ])('with %s in the place of the options of a safe client', (_, make) => {
    expect(make).toThrow(/ptions: must be an object of options/);
  });

  it('with the name that was probably meant', () => {
    const options = { url: 'redis://127.0.0.1', timeout: 1 };
    expect(() => createRedisExecutors(options)).toThrow('timeout: is unknown; did you mean timeoutMs?');
  });

  it('without repeating the password of an address', () => {
    const url = 'redis://:canary@127.0.0.1:port';
    expect(() => createRedisExecutors({ url })).toThrow(
      /^The configuration cannot be used\. url: must be a redis:\/\/ or rediss:\/\/ address\.$/,
    );
  });
});

describe('a client is refused', () => {
  it.each([
    ['with a key prefix', redis({ keyPrefix: 'app:' }), ['keyPrefix']],
    ['that reads from a replica', redis({ readOnly: true }), ['readOnly']],
    ['of a replica behind Sentinels', redis({ sentinels: nodes, name: 'm', role: 'slave' }), ['role']],
    ['with other shapes of replies', redis({ replyMapping: 'resp3' }), ['replyMapping']],
    [
      'with Sentinels and half of tls',
      redis({ sentinels: nodes, name: 'm', tls: {} }),
      ['enableTLSForSentinelMode'],
    ],
    ['that is a Cluster with a key prefix', cluster({ keyPrefix: 'app:' }), ['keyPrefix']],
    ['with a prefix for nodes', cluster({ redisOptions: { keyPrefix: 'app:' } }), ['keyPrefix']],
    ['that reads from replicas', cluster({ scaleReads: 'slave' }), ['scaleReads']],
    [
      'with the queue set where it is ignored',
      cluster({ redisOptions: { enableOfflineQueue: false } }),
      ['redisOptions.enableOfflineQueue'],
    ],
    [
      'that is a Cluster with automatic pipelines',
      cluster({ enableAutoPipelining: true }),
      ['enableAutoPipelining'],
    ],
    ['of another database', redis({ db: 1 }), ['db']],
    ['of another database, as a word', redis({ db: '3' }), ['db']],
    ['of another database behind Sentinels', redis({ sentinels: nodes, name: 'm', db: 1 }), ['db']],
    ['that is a Cluster with a database', cluster({ redisOptions: { db: 1 } }), ['redisOptions.db']],
    [
      'for each of its faults at once',
      redis({ keyPrefix: 'app:', readOnly: true }),
      ['keyPrefix', 'readOnly'],
    ],
  ])('%s', (_, client, options) => {
    expect(faultsOf({ client })).toEqual(options.map((option) => `client.options.${option}`));
  });

  it.each([
    ['an address', 'redis://127.0.0.1/1'],
    ['a node', { host: '127.0.0.1', db: 1 }],
  ])('that is a Cluster, with a database in %s of its first nodes', (_, node) => {
    const client = new Cluster([node], { lazyConnect: true });
    expect(faultsOf({ client })).toEqual(['client.startupNodes']);
  });

  it('with the reason, where it is a database', () => {
    expect(() => createRedisExecutors({ url: 'redis://127.0.0.1/1' })).toThrow(
      /channels are the same in all databases.*namespaces/,
    );
  });

  it.each([
    ['plain', redis({})],
    ['safe', redis(safeRedisOptions())],
    ['of database 0', redis({ db: 0 })],
    ['behind Sentinels', redis(safeRedisOptions({ sentinels: nodes, name: 'm' }))],
    [
      'behind Sentinels with tls',
      redis({ sentinels: nodes, name: 'm', tls: {}, enableTLSForSentinelMode: true }),
    ],
    ['a plain Cluster', cluster({})],
    ['a safe Cluster', cluster(safeClusterOptions())],
  ])('not when it is %s', (_, client) => {
    expect(faultsOf({ client })).toEqual([]);
  });
});

describe('what costs a guarantee is reported, by option', () => {
  const risksOf = (client: RedisClient): string[] => {
    const warn = vi.fn<(fields: object, message: string) => void>();
    createRedisExecutors({ client, logger: { ...silentLogger, warn } });
    return warn.mock.calls.flatMap(([fields]) => (fields as { risks: string[] }).risks);
  };
  const sentinel = safeRedisOptions({ sentinels: nodes, name: 'm' });
  const tls = { rejectUnauthorized: false };

  it.each<[string, RedisClient, string[]]>([
    [
      'a plain client',
      redis({}),
      ['autoResendUnfulfilledCommands', 'reconnectOnError', 'socketTimeout', 'maxLoadingRetryTime'],
    ],
    ['a plain Cluster', cluster({}), ['retryDelayOnFailover', 'socketTimeout', 'maxLoadingRetryTime']],
    [
      'a socket that waits shorter than a call',
      redis({ ...safeRedisOptions(), socketTimeout: 5_999 }),
      ['socketTimeout'],
    ],
    ['a client for shorter calls', redis(safeRedisOptions({ timeoutMs: 4_999 })), ['socketTimeout']],
    ['a Cluster for shorter calls', cluster(safeClusterOptions({ timeoutMs: 4_999 })), ['socketTimeout']],
    ['a client for longer calls', redis(safeRedisOptions({ timeoutMs: 60_000 })), []],
    [
      'commands that wait shorter than a call',
      redis({ ...safeRedisOptions(), commandTimeout: 500 }),
      ['commandTimeout'],
    ],
    [
      'no bound for the wait for a server that loads',
      redis({ ...safeRedisOptions(), maxLoadingRetryTime: 0 }),
      ['maxLoadingRetryTime'],
    ],
    [
      'a server that loads, whose replies are taken',
      redis({ ...safeRedisOptions(), maxLoadingRetryTime: 0, enableReadyCheck: false }),
      [],
    ],
    [
      'an answer to a replica that sends again',
      redis(safeRedisOptions({ reconnectOnError: (): 2 => 2 })),
      ['reconnectOnError'],
    ],
    [
      'an answer to a replica that throws',
      redis({
        ...safeRedisOptions(),
        reconnectOnError: () => {
          throw new Error('not thought of');
        },
      }),
      ['reconnectOnError'],
    ],
    [
      'a bound of commands in place of that of the socket',
      redis({ ...safeRedisOptions(), socketTimeout: undefined, commandTimeout: 6_000 }),
      [],
    ],
    ['an unchecked certificate', redis(safeRedisOptions({ tls })), ['tls.rejectUnauthorized']],
    [
      'an unchecked certificate, on a Cluster',
      cluster(safeClusterOptions({ redisOptions: { tls } })),
      ['tls.rejectUnauthorized'],
    ],
    [
      'a Cluster whose calls fail while nodes are being connected',
      cluster(safeClusterOptions({ enableOfflineQueue: false })),
      ['enableOfflineQueue'],
    ],
    ['Sentinels', redis(sentinel), []],
    [
      'Sentinels without a failover detector',
      redis({ ...sentinel, failoverDetector: false }),
      ['failoverDetector'],
    ],
    [
      'Sentinels without TLS',
      redis({ ...sentinel, tls: {}, enableTLSForSentinelMode: true }),
      ['sentinelTLS'],
    ],
    [
      'Sentinels over TLS',
      redis({ ...sentinel, tls: {}, enableTLSForSentinelMode: true, sentinelTLS: {} }),
      [],
    ],
  ])('%s', (_, client, options) => {
    expect(risksOf(client).map((risk) => risk.replace(/:.*/, ''))).toEqual(options);
  });
});

describe('safe options', () => {
  const tls = { ca: 'an authority' };

  it('are added to, and give way where that breaks no promise', () => {
    const { retryStrategy, reconnectOnError, ...safe } = safeRedisOptions();
    const merged = safeRedisOptions({
      host: 'redis.internal',
      tls,
      connectTimeout: 3_000,
      socketTimeout: undefined,
    });
    expect(merged).toMatchObject({ ...safe, host: 'redis.internal', tls, connectTimeout: 3_000 });
    expect([typeof merged.retryStrategy, typeof merged.reconnectOnError]).toEqual(['function', 'function']);
    expect([retryStrategy, reconnectOnError].map((option) => typeof option)).toEqual([
      'function',
      'function',
    ]);
  });

  it("keep what a Cluster's connections are safe by, whatever is added to those", () => {
    const safe = safeClusterOptions();
    const merged = safeClusterOptions({ slotsRefreshInterval: 5_000, redisOptions: { tls, password: 'a' } });
    expect(merged).toMatchObject({
      scaleReads: 'master',
      slotsRefreshInterval: 5_000,
      redisOptions: { ...safe.redisOptions, tls, password: 'a' },
    });
  });

  it.each<[string, () => unknown, string[]]>([
    ['a database', () => safeRedisOptions({ db: 1 }), ['db']],
    [
      'each of two',
      () => safeRedisOptions({ keyPrefix: 'a', sentinels: nodes, tls }),
      ['keyPrefix', 'enableTLSForSentinelMode'],
    ],
    ['reads from replicas', () => safeClusterOptions({ scaleReads: 'all' }), ['scaleReads']],
    ["a database of a Cluster's", () => safeClusterOptions({ redisOptions: { db: 1 } }), ['redisOptions.db']],
  ])('refuse what a client is refused for: %s', (_, make, names) => {
    const faults = names.map((name) => expect.objectContaining({ name }) as unknown);
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', faults }) as Error);
  });
});

describe('the deadline that safe options follow', () => {
  it('is no option of the client, and must be one that a timer holds', () => {
    expect(safeRedisOptions({ timeoutMs: 10 })).not.toHaveProperty('timeoutMs');
    expect(safeClusterOptions({ timeoutMs: 10 })).not.toHaveProperty('timeoutMs');
    for (const timeoutMs of [Number.NaN, 0, -1, 3e9]) {
      expect(() => safeRedisOptions({ timeoutMs })).toThrow(/timeoutMs/);
      expect(() => safeClusterOptions({ timeoutMs })).toThrow(/timeoutMs/);
    }
  });
});

describe('waits between attempts to reconnect', () => {
  it('grow, stay below 300 ms, and differ', () => {
    const bounds = [1, 2, 3, 4, 50, 5_000].map((attempt) => reconnectDelayMs(attempt, () => 1));
    expect(bounds).toEqual([50, 100, 200, 300, 300, 300]);
    expect(reconnectDelayMs(50, () => 0)).toBe(150);
  });
});
