import { type AddressInfo, createServer, type LookupFunction, type Server } from 'node:net';
import { inspect } from 'node:util';
import { silentLogger } from '@stateful-route/core';
import {
  type AclRedis,
  type ClusterTopology,
  type SentinelTopology,
  startAclRedis,
  startCluster,
  startSentinel,
  startTlsRedis,
  type TlsRedis,
} from '@stateful-route/harness';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createRedisExecutors,
  type RedisClient,
  safeClusterOptions,
  safeRedisOptions,
} from '../src/index.ts';

const CANARY = 'canary-4711';
/** A name that needs no resolver. */
const NO_HOST = 'no..host';
let acl: AclRedis;
let tls: TlsRedis;
let sentinel: SentinelTopology;
let cluster: ClusterTopology;
/** What answers in another protocol than Redis'. */
let web: Server;

beforeAll(async () => {
  web = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  await new Promise<void>((listening) => {
    web.listen(0, '127.0.0.1', listening);
  });
  [acl, tls, sentinel, cluster] = await Promise.all([
    startAclRedis({ rules: ['~*', '&*', '+@all', '-info', '-cluster'] }),
    startTlsRedis(),
    startSentinel(),
    startCluster({ replicas: 0 }),
  ]);
  for (const { client } of cluster.nodes) {
    await client.acl('SETUSER', 'pod', 'on', '>only-a-test', '~*', '&*', '+@all', '-cluster');
  }
}, 60_000);
afterAll(async () => {
  web.close();
  await Promise.all([acl, tls, sentinel, cluster].map((servers) => servers.stop()));
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** What a client is made with, what is said of it, and whether the same call may succeed by itself. */
interface Case {
  readonly make: () => { readonly url: string } | { readonly client: RedisClient };
  /** The words of the server, of Node or of OpenSSL. */
  readonly words: string | RegExp;
  readonly says: (string | RegExp)[];
  readonly retryable: boolean;
  readonly code?: string;
}

const aclAt = (login: string): string => `redis://${login}@${acl.host}:${acl.port}`;
const sentinels = (): { host: string; port: number }[] =>
  sentinel.sentinels.map(({ host, port }) => ({ host, port }));
const nodes = (): { host: string; port: number }[] => cluster.nodes.map(({ host, port }) => ({ host, port }));
const plain = (options: object): { client: RedisClient } => made(new Redis(safeRedisOptions(options)));
const clustered = (
  at: { host: string; port: number }[],
  redisOptions: object = {},
): { client: RedisClient } => made(new Cluster(at, safeClusterOptions({ redisOptions })));

function made<Client extends Redis | Cluster>(client: Client): { client: Client } {
  // As an application handles them.
  client.on('error', () => {});
  ends.push(() => client.disconnect());
  return { client };
}

const cases: Record<string, Case> = {
  'no server listens': {
    make: () => ({ url: 'redis://127.0.0.1:1' }),
    words: 'ECONNREFUSED',
    says: ['127.0.0.1:1', 'check that the server runs'],
    retryable: true,
  },
  'no server listens, to a client': {
    make: () => plain({ host: '127.0.0.1', port: 1 }),
    words: 'ECONNREFUSED',
    says: ['127.0.0.1:1'],
    retryable: true,
  },
  'an unknown host': {
    make: () => ({ url: `redis://:${CANARY}@${NO_HOST}:6379` }),
    words: 'ENOTFOUND',
    says: [`${NO_HOST}:6379`, 'check the name'],
    retryable: false,
  },
  'a wrong password': {
    make: () => ({ url: aclAt(`stateful-route:${CANARY}`) }),
    words: 'WRONGPASS',
    says: [/127\.0\.0\.1:\d+/, 'check the username'],
    retryable: false,
  },
  'a wrong password, of the older protocol': {
    make: () => plain({ host: acl.host, port: acl.port, username: 'pod', password: CANARY, protocol: 2 }),
    words: 'WRONGPASS',
    says: [],
    retryable: false,
  },
  'a missing password': {
    make: () => ({ url: `redis://${acl.host}:${acl.port}` }),
    words: 'NOAUTH',
    says: [/127\.0\.0\.1:\d+/, 'give the client a password'],
    retryable: false,
  },
  'an untrusted certificate': {
    make: () => ({ url: tls.url }),
    words: 'self-signed certificate',
    says: [/127\.0\.0\.1:\d+/, '(ca)'],
    retryable: false,
  },
  'a certificate of another name': {
    make: () => plain({ host: tls.host, port: tls.port, tls: { ca: tls.ca, servername: 'redis.internal' } }),
    words: 'altnames',
    says: ['(ca)'],
    retryable: false,
  },
  'TLS to a server without': {
    make: () => ({ url: aclAt('stateful-route:only-a-test').replace('redis:', 'rediss:') }),
    words: 'ETIMEDOUT',
    says: [/127\.0\.0\.1:\d+/, 'is TLS spoken at this port?'],
    retryable: true,
  },
  'no TLS to a server with': {
    make: () => ({ url: tls.url.replace('rediss:', 'redis:') }),
    words: /lost|ECONNRESET/,
    says: [/127\.0\.0\.1:\d+/, 'does the server expect TLS'],
    retryable: true,
  },
  'a server of another kind': {
    make: () => ({ url: `redis://127.0.0.1:${(web.address() as AddressInfo).port}` }),
    words: /Unknown RESP type|Protocol error/,
    says: [/127\.0\.0\.1:\d+/, 'is no Redis'],
    retryable: true,
  },
  'Sentinels that do not listen': {
    make: () => plain({ sentinels: [1, 2].map((port) => ({ host: '127.0.0.1', port })), name: 'm' }),
    words: 'ECONNREFUSED',
    says: ['Sentinel 127.0.0.1:1', 'Sentinel 127.0.0.1:2'],
    retryable: true,
  },
  'Sentinels on unknown hosts': {
    make: () => plain({ sentinels: [{ host: NO_HOST, port: 26_379 }], name: 'm' }),
    words: 'ENOTFOUND',
    says: [`Sentinel ${NO_HOST}:26379`],
    retryable: false,
  },
  'Sentinels that know no such master': {
    make: () => plain({ sentinels: sentinels(), name: 'other' }),
    words: 'No such master',
    says: ['compare name'],
    retryable: false,
  },
  'a master that lets the user of the Sentinels not in': {
    make: () => plain({ sentinels: sentinels(), name: sentinel.name, username: 'pod', password: CANARY }),
    words: 'WRONGPASS',
    says: [/the master "[^"]+"/],
    retryable: false,
  },
  'the same, beside a Sentinel that does not listen': {
    make: () =>
      plain({
        sentinels: [{ host: '127.0.0.1', port: 1 }, ...sentinels()],
        name: sentinel.name,
        username: 'pod',
        password: CANARY,
      }),
    words: 'WRONGPASS',
    says: [/the master "[^"]+"/],
    retryable: false,
  },
  'a Cluster of which no node listens': {
    make: () => clustered([1, 2].map((port) => ({ host: '127.0.0.1', port }))),
    words: 'ECONNREFUSED',
    says: ['127.0.0.1:1', '127.0.0.1:2'],
    retryable: true,
  },
  'a Cluster on an unknown host': {
    make: () => clustered([{ host: NO_HOST, port: 6_379 }]),
    words: 'ENOTFOUND',
    says: [`${NO_HOST}:6379`],
    retryable: false,
  },
  'a Cluster with another password': {
    make: () => clustered(nodes(), { username: 'pod', password: CANARY }),
    words: 'WRONGPASS',
    says: [/127\.0\.0\.1:\d+/],
    retryable: false,
  },
  'a Cluster that a user may not ask for its slots': {
    make: () => clustered(nodes(), { username: 'pod', password: 'only-a-test' }),
    words: 'NOPERM',
    says: [/127\.0\.0\.1:\d+/, 'grant the user the right'],
    retryable: false,
  },
  "a Cluster's client on a server that is none": {
    make: () => clustered([{ host: sentinel.nodes[0]!.host, port: sentinel.nodes[0]!.port }]),
    words: 'cluster support disabled',
    says: ['new Redis('],
    retryable: false,
    code: 'INVALID_CONFIG',
  },
};

describe('a call and a subscription over a connection that cannot be made', () => {
  it('have the reason in their TIMEOUT if their deadline is before the end of the attempt', async () => {
    const { host, port } = acl;
    const executors = createRedisExecutors({ url: `rediss://${host}:${port}`, timeoutMs: 300 });
    ends.push(() => executors.close());
    for (const call of [
      () => executors.stateful.getServiceState('game', 'room'),
      () => executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 60),
      () => executors.feed.subscribe('game', 'room', () => {}),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'TIMEOUT',
        effect: 'none',
        message: expect.stringMatching(
          new RegExp(`no connection to ${host}:${port} .*is TLS spoken at this port\\?$`),
        ),
      });
    }
  });

  it.each(Object.entries(cases))(
    'fail with the reason, at once: %s',
    async (_, { make, words, says, retryable, code }) => {
      const lines = vi.spyOn(console, 'error').mockImplementation(() => {});
      const executors = createRedisExecutors({ ...make(), timeoutMs: 20_000 });
      ends.push(() => executors.close());
      const began = performance.now();
      const errors: unknown[] = [];
      // The second meets a client that waits for its next attempt.
      for (const call of [
        () => executors.stateful.getServiceState('game', 'room'),
        () => executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 60),
        () => executors.feed.subscribe('game', 'room', () => {}),
      ]) {
        errors.push(
          await call().then(
            () => 'done',
            (error: unknown) => error,
          ),
        );
      }
      const said = lines.mock.calls.map(([line]) => String(line));
      lines.mockRestore();
      for (const error of errors) {
        expect(error).toMatchObject({ code: code ?? 'STORE_ERROR', retryable });
        const { message, cause } = error as Error;
        for (const said of [words, ...says]) expect(message).toMatch(said);
        if (code === undefined) expect((cause as Error).message).toMatch(words);
        expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(CANARY);
      }
      // Well before the deadline, which would be a TIMEOUT without a reason.
      expect(performance.now() - began).toBeLessThan(20_000);
      // The built-in logger says it as well.
      expect(said.some((line) => new RegExp(words).test(line))).toBe(true);
      for (const line of said) expect(line).not.toContain(CANARY);
    },
  );
});

describe('a host whose name is not known for a while', () => {
  let isKnown: boolean;
  type Found = (error: Error | null, address: string, family: number) => void;
  const look = (host: string, found: Found): void => {
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    if (isKnown) found(null, '127.0.0.1', 4);
    else found(error, '', 0);
  };

  it.each<[string, () => Redis | Cluster]>([
    [
      'of a server',
      () => {
        const lookup: LookupFunction = (host, { all }, found) =>
          look(host, (error, address, family) => {
            if (all) found(error, [{ address, family }]);
            else found(error, address, family);
          });
        const { ca, port } = tls;
        return new Redis(
          safeRedisOptions({ host: 'redis.internal', port, tls: { ca, lookup, servername: 'localhost' } }),
        );
      },
    ],
    [
      'of a Cluster',
      () => {
        const at = { host: 'redis.internal', port: cluster.nodes[0]!.port };
        return new Cluster([at], safeClusterOptions({ dnsLookup: look }));
      },
    ],
  ])('was right, and is waited for: %s', async (_, make) => {
    isKnown = true;
    const client = make();
    client.on('error', () => {});
    ends.push(() => client.disconnect());
    const { stateful } = createRedisExecutors({ client, logger: silentLogger });
    await stateful.getLinkedPod('game', 'ada', 'room');
    isKnown = false;
    client.disconnect(true);
    await expect
      .poll(() => stateful.getLinkedPod('game', 'ada', 'room').catch((error: unknown) => error))
      .toMatchObject({ code: 'STORE_ERROR', message: expect.stringContaining('ENOTFOUND'), retryable: true });
    isKnown = true;
    await expect.poll(() => stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });
});
