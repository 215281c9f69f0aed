import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Executors, isRouteError } from '@stateful-route/core';
import { uniqueNamespace } from '@stateful-route/testkit/conformance';
import { type RedisServer, startErrorProxy, startRedis } from '@stateful-route/harness';
import { ReplyError } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { storeError } from '../src/calls/errors.ts';
import { report } from './support/redis-fixture.ts';

/** How servers say an error that a script met. */
const forms: readonly (readonly [string, (text: string) => string])[] = [
  ['as Redis 7 does', (text) => `${text} script: 5a3c0e, on @user_script:12.`],
  ['as Redis 6 does where the script caught it', (text) => `@user_script: 132: -${text}`],
  [
    'as Redis 6 does where the script ended by it',
    (text) =>
      `ERR Error running script (call to f_${'0a'.repeat(20)}): @user_script:132: @user_script: 132: -${text}`,
  ],
  [
    'as a server does that names no line',
    (text) => `ERR Error running script (call to f_${'0a'.repeat(20)}): ${text}`,
  ],
  ['behind its own code', (text) => `ERR ${text}`],
];

const words: readonly (readonly [word: string, text: string, retryable: boolean])[] = [
  ['ASK', 'ASK 3999 127.0.0.1:6381', true],
  ['BUSY', 'BUSY Redis is busy running a script. You can only call SCRIPT KILL.', true],
  ['CLUSTERDOWN', 'CLUSTERDOWN The cluster is down', true],
  ['LOADING', 'LOADING Redis is loading the dataset in memory', true],
  ['MASTERDOWN', "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true],
  ['MISCONF', 'MISCONF Redis is configured to save RDB snapshots, but it cannot persist on disk.', true],
  ['NOREPLICAS', 'NOREPLICAS Not enough good replicas to write.', true],
  ['NOSCRIPT', 'NOSCRIPT No matching script. Please use EVAL.', true],
  ['OOM', "OOM command not allowed when used memory > 'maxmemory'.", true],
  ['READONLY', "READONLY You can't write against a read only replica.", true],
  ['TRYAGAIN', 'TRYAGAIN Multiple keys request during rehashing of slot', true],
  ['NOAUTH', 'NOAUTH Authentication required.', false],
  ['NOPERM', 'NOPERM this user has no permissions to run the command', false],
  ['WRONGPASS', 'WRONGPASS invalid username-password pair or user is disabled.', false],
  ['WRONGTYPE', 'WRONGTYPE Operation against a key holding the wrong kind of value', false],
  ['GARBAGE', 'GARBAGE sf:{game:lk:ada}room holds READONLY', false],
];

/** Errors that quote a user's data, which may be any word. */
const quoting: readonly (readonly [string, string])[] = [
  ['a key', 'GARBAGE sf:{game:lk:READONLY}room holds what is no pod: OOM'],
  ['a key that looks like a prefix', 'GARBAGE @user_script: 1: -READONLY holds a word'],
  [
    'an unknown command and its arguments',
    "ERR unknown command 'GETT', with args beginning with: 'OOM' '-BUSY' ",
  ],
  ['an unknown subcommand', "ERR unknown subcommand 'LOADING'. Try CLIENT HELP."],
  ['a category of an ACL', "NOPERM this user has no permissions to access one of the keys: '-READONLY '"],
];

const reported = (text: string): unknown =>
  storeError(new ReplyError(text), { name: 'setLinkedPod', options: undefined }, 1_000, true);

describe.each(forms)('an error, said %s', (_, say) => {
  it.each(words)('is understood by its word: %s', (_word, text, retryable) => {
    expect(reported(say(text))).toMatchObject({ code: 'STORE_ERROR', operation: 'setLinkedPod', retryable });
  });

  it.each([
    ['GARBAGE sf:{game:lk:ada}room holds no podId', 'Repair or remove that key'],
    ['NOPERM this user has no permissions to run the command', "the rights that the adapter's README lists"],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'Give Redis more memory'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'repair or remove it'],
  ])('says what to do: %s', (text, advice) => {
    expect(reported(say(text))).toMatchObject({ message: expect.stringMatching(`${advice}\\.$`) as string });
  });

  it.each([
    ['CROSSSLOT', "CROSSSLOT Keys in request don't hash to the same slot"],
    ['MOVED', 'MOVED 3999 127.0.0.1:6381'],
  ])('names another client if it is that of a Cluster: %s', (word, text) => {
    expect(reported(say(text))).toMatchObject({
      code: 'INVALID_CONFIG',
      retryable: false,
      message: expect.stringMatching(`new Cluster.*${word}`) as string,
    });
  });

  it.each(quoting)('is not understood by what it quotes: %s', (_what, text) => {
    expect(reported(say(text))).toMatchObject({ code: 'STORE_ERROR', retryable: false });
    expect(safeRedisOptions().reconnectOnError(new ReplyError(say(text)))).toBe(false);
  });

  it('ends the connection where it comes from a replica', () => {
    const reconnects = (text: string): unknown =>
      safeRedisOptions().reconnectOnError(new ReplyError(say(text)));
    expect(words.filter(([, text]) => reconnects(text)).map(([word]) => word)).toEqual(['READONLY']);
  });
});

/** What puts a server into a state in which it refuses to write, and what ends that. */
interface Refusal {
  readonly begin: (server: RedisServer) => Promise<unknown>;
  readonly end: (server: RedisServer) => Promise<unknown>;
}

const set = (name: string, value: string) => (server: RedisServer) =>
  server.client.config('SET', name, value);

const refusals: Readonly<Record<string, Refusal>> = {
  OOM: { begin: set('maxmemory', '1'), end: set('maxmemory', '0') },
  NOREPLICAS: { begin: set('min-replicas-to-write', '1'), end: set('min-replicas-to-write', '0') },
  READONLY: {
    begin: ({ client }) => client.replicaof('127.0.0.1', 1),
    end: ({ client }) => client.replicaof('NO', 'ONE'),
  },
  MISCONF: {
    begin: async ({ client }) => {
      const [, folder] = (await client.config('GET', 'dir')) as [string, string];
      // What it saves cannot take the place of a folder.
      await mkdir(join(folder, 'dump.rdb'));
      await client.config('SET', 'save', '3600 1000000');
      await client.bgsave();
      await expect.poll(() => client.info('persistence')).toContain('rdb_last_bgsave_status:err');
    },
    end: set('stop-writes-on-bgsave-error', 'no'),
  },
  BUSY: {
    begin: async (server) => {
      await server.client.config('SET', 'lua-time-limit', '1');
      const looping = server.client.duplicate();
      looping.eval('while true do end', 0).catch(() => looping.disconnect());
      await expect.poll(() => server.client.ping().catch(String)).toContain('BUSY');
    },
    end: async ({ client }) => {
      await client.script('KILL');
      await expect.poll(() => client.ping().catch(String)).toBe('PONG');
    },
  },
};

describe.each(forms.slice(1, 3))('a server that speaks %s', (_, say) => {
  const ends: (() => Promise<unknown>)[] = [];
  let server: RedisServer;
  let executors: Executors;
  beforeAll(async () => {
    server = await startRedis();
    const proxy = await startErrorProxy(server.host, server.port, say);
    executors = createRedisExecutors({ url: proxy.url });
    ends.push(
      () => server.stop(),
      () => proxy.stop(),
      () => executors.close(),
    );
  });
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it.each(Object.entries(refusals))(
    'and refuses for a while: the retry succeeds: %s',
    async (word, refusal) => {
      const ns = uniqueNamespace();
      const { stateful } = executors;
      const uids = Array.from({ length: 20 }, (_unused, at) => `user-${at}`);
      const calls = (): Promise<PromiseSettledResult<unknown>[]> =>
        Promise.allSettled([
          ...uids.map((uid) => stateful.setLinkedPodIfAbsent(ns, uid, 'room', 1, 60)),
          stateful.setServiceState(ns, 'room', 1, report('one', 0)),
          executors.server.setGlobalServiceNameTag(ns, 'tag', 'room'),
        ]);
      await executors.server.listServices(ns);
      await refusal.begin(server);
      const refused = await calls();
      await refusal.end(server);
      for (const outcome of refused) {
        const reason: unknown = (outcome as PromiseRejectedResult).reason;
        expect(isRouteError(reason, 'STORE_ERROR') && String(reason)).toContain(word);
        expect(reason).toMatchObject({ retryable: true });
      }
      await expect
        .poll(async () => (await calls()).map(({ status }) => status))
        .toEqual([...uids, 'beat', 'tag'].map(() => 'fulfilled'));
    },
  );

  it('and holds damaged keys names their users, and answers for the others', async () => {
    const ns = uniqueNamespace();
    const { stateful } = executors;
    await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
    await server.client.lpush(`sf:{${ns}:lk:bob}room`, 'x');
    await server.client.set(`sf:{${ns}:lk:eve}room`, 'READONLY');
    const refused: unknown = await stateful
      .batchGetLinkedPod(ns, ['ada', 'bob', 'eve'], 'room')
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'STORE_ERROR', damaged: ['bob', 'eve'], retryable: false });
  });
});
