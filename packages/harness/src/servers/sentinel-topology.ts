import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOST } from '@stateful-route/testkit/redis';
import { type RedisServer, startRedis, startServer } from './redis-server.ts';
import { answerWithin, until } from './until.ts';

const NAME = 'stateful-route';
const QUORUM = 2;
const READY_WITHIN_MS = 20_000;
const FAILOVER_WITHIN_MS = 30_000;
const ANSWER_MS = 300;
/** How long a master waits for more replicas before it sends its data to one, in s. */
const SYNC_DELAY = 'repl-diskless-sync-delay';
const SYNC_DELAY_DEFAULT = '5';

/** A master, its replicas, and three sentinels that watch them. */
export interface SentinelTopology {
  /** What a client is given as `sentinels` and as `name`. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
  /** The servers that hold data; the first one is the master at the start. */
  readonly nodes: readonly RedisServer[];
  /** The one that most sentinels take for the master. */
  master(): Promise<RedisServer>;
  /**
   * Has a replica promoted while the master is alive, as before maintenance: the master stops to take writes first, so that
   * it acknowledges none that its successor lacks. Resolves when the successor is the master.
   */
  failover(options?: FailoverOptions): Promise<void>;
  stop(): Promise<void>;
}

/** How a failover is made by hand. */
export interface FailoverOptions {
  /** Whether the master stops to take writes before. Default: true. */
  readonly pausing?: boolean | undefined;
}

/** What there is, and how quick the sentinels are. */
export interface StartSentinelOptions {
  /** How long a server must be silent to be taken for down. Default: 1000. */
  readonly downAfterMs?: number | undefined;
  /**
   * Whether the sentinels look around twice a second, for tests that do not measure them. Default: true. Else they are as
   * people run them: they read a server's role every 10 s, and tell each other what they know every 2 s.
   */
  readonly hurried?: boolean | undefined;
  /** Default: 2. */
  readonly replicas?: 1 | 2 | undefined;
  /** Settings of the servers that hold data. */
  readonly args?: Readonly<Record<string, string>> | undefined;
}

/** Starts the topology, and resolves when each sentinel knows all the others and the replicas. */
export async function startSentinel(options: StartSentinelOptions = {}): Promise<SentinelTopology> {
  const servers: RedisServer[] = [];
  const started = async (starting: Promise<RedisServer>): Promise<RedisServer> => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    // A replica takes what its master has at once; waiting for more replicas costs seconds.
    const args = { [SYNC_DELAY]: '0', ...options.args };
    const first = await started(startRedis({ args }));
    const replicaArgs = { ...args, replicaof: `${HOST} ${first.port}` };
    const count = options.replicas ?? 2;
    const replicas = await Promise.all(
      Array.from({ length: count }, () => started(startRedis({ args: replicaArgs }))),
    );
    const nodes = [first, ...replicas];
    await until('the replicas follow their master', async () => (await inSync(first)) === replicas.length, {
      withinMs: READY_WITHIN_MS,
    });
    const watchers = await Promise.all(
      [1, 2, 3].map(() => started(sentinel(first.port, options.downAfterMs ?? 1_000))),
    );
    if (options.hurried ?? true) await Promise.all(watchers.map((watcher) => hurry(watcher)));
    else await Promise.all(nodes.map(({ client }) => client.config('SET', SYNC_DELAY, SYNC_DELAY_DEFAULT)));
    await until(
      'the sentinels know each other',
      async () => {
        const known = await Promise.all(watchers.map((watcher) => knows(watcher, replicas.length, 2)));
        return known.every(Boolean);
      },
      { withinMs: READY_WITHIN_MS },
    );
    const master = (): Promise<RedisServer> =>
      until('a master', () => elected(watchers, nodes), { withinMs: FAILOVER_WITHIN_MS });
    return {
      sentinels: watchers.map(({ host, port }) => ({ host, port })),
      name: NAME,
      nodes,
      master,
      failover: async ({ pausing = true } = {}) => {
        const before = await master();
        if (pausing) await before.client.call('CLIENT', 'PAUSE', FAILOVER_WITHIN_MS, 'WRITE');
        try {
          await until('a failover begins', () => watchers[0]!.client.call('SENTINEL', 'FAILOVER', NAME), {
            withinMs: FAILOVER_WITHIN_MS,
          });
          await until(
            'a failover ends',
            async () => {
              const now = await elected(watchers, nodes);
              return now && now !== before && (await isMaster(now)) ? now : undefined;
            },
            { withinMs: FAILOVER_WITHIN_MS },
          );
        } finally {
          // As a replica it would else take nothing from its new master either.
          if (pausing) await before.client.call('CLIENT', 'UNPAUSE');
        }
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A sentinel keeps what it learns in its configuration file. */
function sentinel(masterPort: number, downAfterMs: number): Promise<RedisServer> {
  return startServer({
    ready: /Sentinel ID is/,
    args: async (port, folder) => {
      const file = join(folder, 'sentinel.conf');
      const lines = [
        `port ${port}`,
        `bind ${HOST}`,
        `dir ${folder}`,
        `sentinel monitor ${NAME} ${HOST} ${masterPort} ${QUORUM}`,
        `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
        `sentinel failover-timeout ${NAME} 3000`,
        `sentinel parallel-syncs ${NAME} 2`,
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      return [file, '--sentinel'];
    },
  });
}

/** Sentinels that look around more often learn sooner of each other and of replicas. */
async function hurry(watcher: RedisServer): Promise<void> {
  await watcher.client.call('SENTINEL', 'DEBUG', 'INFO-PERIOD', '500', 'PUBLISH-PERIOD', '500');
}

async function inSync(master: RedisServer): Promise<number> {
  return [...(await master.client.info('replication')).matchAll(/^slave\d+:.*state=online/gm)].length;
}

async function knows(watcher: RedisServer, replicas: number, others: number): Promise<boolean> {
  const flat = (await watcher.client.call('SENTINEL', 'MASTER', NAME)) as string[];
  const fields = new Map(
    flat.flatMap((word, at) => (at % 2 === 0 ? [[word, flat[at + 1]]] : [])) as [string, string][],
  );
  return (
    fields.get('num-slaves') === String(replicas) && fields.get('num-other-sentinels') === String(others)
  );
}

async function elected(
  watchers: readonly RedisServer[],
  nodes: readonly RedisServer[],
): Promise<RedisServer | undefined> {
  const answers = await Promise.all(
    watchers.map((watcher) =>
      answerWithin(ANSWER_MS, watcher.client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)),
    ),
  );
  const ports = answers.map((answer) => Number((answer as string[] | undefined)?.[1]));
  return nodes.find(({ port }) => ports.filter((named) => named === port).length >= QUORUM);
}

async function isMaster(node: RedisServer): Promise<boolean> {
  const role = await answerWithin(ANSWER_MS, node.client.role());
  return role?.[0] === 'master';
}
