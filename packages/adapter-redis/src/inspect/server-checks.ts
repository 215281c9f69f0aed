import type { Finding, StoreCheck } from '@stateful-route/core/adapter';
import { serverRisks } from '../client/server-faults.ts';
import { serverFacts } from '../client/server-facts.ts';
import type { ServerReading } from './read-server.ts';

/** Part of `maxmemory` from which on it may soon be reached. */
const MEMORY_FULL = 0.9;
/** More than the clocks of synchronised machines differ. */
const CLOCK_APART_MS = 1_000;
/** A replica that acknowledged nothing for so long does not keep up. */
const REPLICA_LAG_SECONDS = 10;

/** Judges what servers say of themselves. */
export function serverChecks(servers: readonly ServerReading[]): StoreCheck[] {
  return [connection(servers), memory(servers), persistence(servers), replicas(servers), clocks(servers)];
}

const finding = (
  level: Finding['level'],
  { address }: ServerReading,
  problem: string,
  remedy: string,
): Finding => ({ level, subject: address, problem, remedy });

function connection(servers: readonly ServerReading[]): StoreCheck {
  const findings = servers.flatMap((server): Finding[] => {
    const { info, clusterState } = server;
    if (!info.has('redis_version')) {
      return [
        finding('warning', server, 'INFO is refused, so its settings are unknown', 'grant the user +info'),
      ];
    }
    if (clusterState !== undefined && clusterState !== 'ok') {
      return [
        finding(
          'error',
          server,
          `the Cluster's state is ${clusterState}`,
          'see CLUSTER INFO and CLUSTER NODES',
        ),
      ];
    }
    return risksOf(server, (risk) => risk.startsWith('version'));
  });
  return { name: 'connection', detail: servers.map(describe).join(', '), findings };
}

function describe({ address, info }: ServerReading): string {
  const version = info.get('redis_version');
  const { mode } = serverFacts([...info].map(([field, value]) => `${field}:${value}`).join('\n'));
  return `${address}${version === undefined ? '' : ` (Redis ${version}${mode === undefined ? '' : `, ${mode}`})`}`;
}

/** The settings that the adapter logs, too. */
function risksOf(server: ServerReading, isOne: (risk: string) => boolean): Finding[] {
  const facts = serverFacts([...server.info].map(([field, value]) => `${field}:${value}`).join('\n'));
  return serverRisks(facts)
    .filter(({ risk }) => isOne(risk))
    .map(({ level, risk, message }) =>
      finding(level === 'warn' ? 'warning' : 'error', server, risk, message.split('. ').at(-1)!),
    );
}

function memory(servers: readonly ServerReading[]): StoreCheck {
  const findings = servers.flatMap((server) => {
    const [used, max] = ['used_memory', 'maxmemory'].map((field) => Number(server.info.get(field) ?? 0));
    const isFull = max! > 0 && used! / max! >= MEMORY_FULL;
    const full = finding(
      'warning',
      server,
      `${Math.round((100 * used!) / max!)} % of maxmemory is used: at 100 % it refuses heartbeats and new users`,
      'raise maxmemory, or remove what is not needed',
    );
    return [...risksOf(server, (risk) => risk.startsWith('maxmemory-policy')), ...(isFull ? [full] : [])];
  });
  const policies = new Set(servers.map(({ info }) => info.get('maxmemory_policy') ?? 'unknown'));
  return { name: 'memory', detail: `maxmemory-policy ${[...policies].join(', ')}`, findings };
}

function persistence(servers: readonly ServerReading[]): StoreCheck {
  const findings: Finding[] = [];
  const details = new Set<string>();
  for (const server of servers) {
    const { info, config } = server;
    const [hasAof, save] = [info.get('aof_enabled') === '1', config.get('save')];
    details.add(
      hasAof ? 'append-only file' : save === undefined ? 'unknown' : save === '' ? 'none' : 'snapshots',
    );
    for (const [field, what] of [
      ['aof_last_write_status', 'write to the append-only file'],
      ['rdb_last_bgsave_status', 'snapshot'],
    ] as const) {
      if (info.get(field) !== 'err') continue;
      const problem = `its last ${what} failed: it may refuse every write`;
      findings.push(finding('error', server, problem, "see the server's log; is its disk full?"));
    }
    if (info.has('aof_enabled') && !hasAof && save === '') {
      const problem = 'it keeps nothing on disk: a restart loses temporary links and tokens';
      findings.push(finding('warning', server, problem, 'set appendonly yes, appendfsync everysec'));
    }
  }
  return { name: 'persistence', detail: [...details].join(', '), findings };
}

function replicas(servers: readonly ServerReading[]): StoreCheck {
  let count = 0;
  const findings = servers.flatMap((server): Finding[] => {
    const { info, config } = server;
    const own = [...info].filter(([field]) => /^slave\d+$/.test(field));
    count += own.length;
    const found: Finding[] = [];
    for (const [, fields] of own) {
      const [, at, port, state, lag] = /ip=([^,]*),port=(\d+),state=(\w+).*?lag=(\d+)/.exec(fields) ?? [];
      if (state === 'online' && Number(lag) <= REPLICA_LAG_SECONDS) continue;
      const problem = `its replica ${at}:${port} is ${state}, ${lag} s behind`;
      found.push(finding('warning', server, problem, "see the replica's log; a failover to it loses links"));
    }
    const needed = Number(config.get('min-replicas-to-write') ?? 0);
    if (needed > 0 && needed >= own.length) {
      const problem = `min-replicas-to-write is ${needed}, and it has ${own.length} replicas: one that is down stops all writes`;
      found.push(
        finding('warning', server, problem, `set it to ${Math.max(0, own.length - 1)}, or add a replica`),
      );
    }
    return found;
  });
  return { name: 'replicas', detail: String(count), findings };
}

function clocks(servers: readonly ServerReading[]): StoreCheck {
  const findings: Finding[] = [];
  for (const server of servers) {
    const { clockAheadMs, clockErrorMs } = server;
    if (Math.abs(clockAheadMs) - clockErrorMs <= CLOCK_APART_MS) continue;
    const direction = clockAheadMs > 0 ? 'ahead of' : 'behind';
    const problem = `its clock is ${seconds(clockAheadMs)} ${direction} this machine's`;
    findings.push(
      finding(
        'warning',
        server,
        problem,
        'see which of the two is wrong; a clock must be slewed, never stepped',
      ),
    );
  }
  const [least, most] = servers.toSorted((a, b) => a.clockAheadMs - b.clockAheadMs).filter(isEnd);
  if (least && most) {
    const apartMs = most.clockAheadMs - least.clockAheadMs - least.clockErrorMs - most.clockErrorMs;
    if (apartMs > CLOCK_APART_MS) {
      const problem = `its clock is ${seconds(apartMs)} ahead of that of ${least.address}: deadlines of redirected writes are off by that`;
      findings.push(finding('warning', most, problem, 'synchronise the servers (NTP)'));
    }
  }
  const furthest = Math.max(...servers.map(({ clockAheadMs }) => Math.abs(clockAheadMs)));
  return { name: 'clock', detail: `within ${seconds(furthest)} of this machine's`, findings };
}

const isEnd = <T>(_: T, at: number, all: readonly T[]): boolean => at === 0 || at === all.length - 1;

const seconds = (ms: number): string => `${(Math.ceil(Math.abs(ms) / 10) / 100).toFixed(2)} s`;
