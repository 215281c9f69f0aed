import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';

const HOST = '127.0.0.1';
const SLOTS = 16_384;
const READY_WITHIN_MS = 20_000;

/** One master. */
export interface ClusterNode {
  readonly host: string;
  readonly port: number;
  readonly id: string;
  /** Plain commands. */
  readonly redis: Redis;
}

/** A cluster of masters on this machine. */
export interface TestCluster {
  readonly nodes: readonly ClusterNode[];
  stop(): Promise<void>;
}

/** Ends the server when this process ends, however it does: then the shell's standard input ends. */
const GUARDED = 'redis-server "$@" & cat > /dev/null; kill -9 $!; wait';

/** Starts three masters that share the slots evenly. */
export async function redisCluster(): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'stateful-route-cluster-'));
  const ports = await freePorts(6);
  const servers = [0, 1, 2].map((at) => startServer(folder, ports[at]!, ports[at + 3]!));
  const clients = [0, 1, 2].map((at) => new Redis(ports[at]!, HOST));
  // They try again until the servers are up.
  for (const redis of clients) redis.on('error', () => {});
  try {
    const [first] = clients;
    for (const [at, redis] of clients.entries()) {
      const share = [Math.floor((at * SLOTS) / 3), Math.floor(((at + 1) * SLOTS) / 3) - 1] as const;
      await redis.call('CLUSTER', 'ADDSLOTSRANGE', ...share);
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
      if (redis !== first) await first!.call('CLUSTER', 'MEET', HOST, ports[at]!, ports[at + 3]!);
    }
    await vi.waitFor(
      async () => {
        for (const redis of clients) {
          const info = String(await redis.call('CLUSTER', 'INFO'));
          if (!/cluster_state:ok/.test(info) || !/cluster_known_nodes:3/.test(info)) throw new Error(info);
        }
      },
      { timeout: READY_WITHIN_MS, interval: 50 },
    );
  } catch (error) {
    await stop();
    throw new Error('These tests need a redis-server of version 7 or later on the PATH.', { cause: error });
  }
  const ids = await Promise.all(clients.map((redis) => redis.call('CLUSTER', 'MYID')));
  const nodes = clients.map((redis, at) => ({ host: HOST, port: ports[at]!, id: String(ids[at]), redis }));
  return { nodes, stop };

  async function stop(): Promise<void> {
    for (const redis of clients) redis.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

function startServer(folder: string, port: number, busPort: number): { stop(): Promise<void> } {
  const options = {
    port,
    bind: HOST,
    dir: folder,
    save: '',
    'cluster-enabled': 'yes',
    'cluster-port': busPort,
    'cluster-config-file': `nodes-${port}.conf`,
    'cluster-node-timeout': 2_000,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('sh', ['-c', GUARDED, 'redis-server', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => {
    server.once('close', () => resolve());
  });
  return {
    stop() {
      server.stdin.end();
      return ended;
    },
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, HOST, resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}
