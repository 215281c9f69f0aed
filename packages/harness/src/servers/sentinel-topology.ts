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
/** How long a master waits for more replicas before it sends its data, in s. */
const SYNC_DELAY = 'repl-diskless-sync-delay';
const SYNC_DELAY_DEFAULT = '5';

/** A master, its replicas, and three sentinels that watch them. */
export interface SentinelTopology {
  /** The options `sentinels` and `name` of a client. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
  /** The servers with data. The first one is the first master. */
  readonly nodes: readonly RedisServer[];
  /** The master according to most sentinels. */
  master(): Promise<RedisServer>;
  /**
   * Promotes a replica while the master is alive, as before maintenance. By default the master stops taking writes first, so
   * that it acknowledges none that its successor lacks. Resolves when the successor is the master.
   */
  failover(options?: FailoverOptions): Promise<void>;
  stop(): Promise<void>;
}

/** Options of a manual failover. */
export interface FailoverOptions {
  /** Whether the master stops taking writes first. Default: true. */
  readonly pausing?: boolean | undefined;
}

/** Options of a Sentinel topology. */
export interface StartSentinelOptions {
  /** How long a server must not answer to count as down. Default: 1000. */
  readonly downAfterMs?: number | undefined;
  /**
   * Whether the sentinels poll twice a second. Default: true. With false they poll as in production: a server's role every
   * 10 s, each other every 2 s.
   */
  readonly fastPolling?: boolean | undefined;
  /** Default: 2. */
  readonly replicas?: 1 | 2 | undefined;
  /** Settings of the servers with data. */
  readonly args?: Readonly<Record<string, string>> | undefined;
}

/** Starts the topology. Resolves when each sentinel knows all others and the replicas. */
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
    // Send a replica its data at once: waiting for more replicas takes seconds.
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
    if (options.fastPolling ?? true) await Promise.all(watchers.map((watcher) => pollFast(watcher)));
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
          // A paused replica would take no writes from its new master.
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

/** A sentinel. It stores its state in its configuration file. */
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

/** Makes a sentinel find replicas and other sentinels sooner. */
async function pollFast(watcher: RedisServer): Promise<void> {
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
