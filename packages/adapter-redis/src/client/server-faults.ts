import type { ServerFacts } from './server-facts.ts';

/** The first version on which the scripts run: before it a script that reads the clock may write nothing. */
const RUNS_FROM = [5, 0];
/** The first version that the adapter is meant for. */
const MEANT_FROM = [6, 2];

/** What a plain client cannot work with, and what to do. */
export const NODE_OF_A_CLUSTER: string =
  'a node of a Redis Cluster, which takes no command about users of different slots. ' +
  'Take the client new Cluster([{ host, port }], safeClusterOptions())';

/** Why a plain client cannot work with a server; `undefined`: it can. */
export function wrongClient({ mode, version }: ServerFacts): string | undefined {
  if (mode === 'cluster') {
    return `is ${NODE_OF_A_CLUSTER}`;
  }
  if (mode === 'sentinel') {
    return 'is a Sentinel. Take the client new Redis(safeRedisOptions({ sentinels: [{ host, port }], name }))';
  }
  if (version !== undefined && isBefore(version, RUNS_FROM)) {
    return `is Redis ${version}, on which the scripts cannot run. Take Redis ${MEANT_FROM.join('.')} or later`;
  }
  return undefined;
}

/** Something about a server that costs a guarantee. */
export interface ServerRisk {
  readonly level: 'warn' | 'error';
  readonly message: string;
  /** What it costs, after the setting's name. */
  readonly risk: string;
}

/** What costs a guarantee on a server. */
export function serverRisks({ maxmemoryPolicy: policy, version }: ServerFacts): ServerRisk[] {
  const risks: ServerRisk[] = [];
  if (policy?.startsWith('volatile-')) {
    risks.push({
      level: 'warn',
      message:
        'Redis may evict temporary links and records of ended claims before their time. ' +
        'Run CONFIG SET maxmemory-policy noeviction',
      risk:
        `maxmemory-policy ${policy}: users who wait to be accepted may be placed anew, and a pod whose claim was ended may ` +
        'take its user up again',
    });
  } else if (policy !== undefined && policy !== 'noeviction') {
    risks.push({
      level: 'error',
      message:
        'Redis may evict any key: two pods can then hold one user. Run CONFIG SET maxmemory-policy noeviction',
      risk: `maxmemory-policy ${policy}: at maxmemory links and tokens are removed while others stand`,
    });
  }
  if (version !== undefined && isBefore(version, MEANT_FROM)) {
    risks.push({
      level: 'warn',
      message: `Redis is older than ${MEANT_FROM.join('.')}: nothing was tried on it`,
      risk: `version ${version}: nothing is promised`,
    });
  }
  return risks;
}

/** What a server does not say, by the names that its pages use. */
export function untold({ mode, role, version, maxmemoryPolicy }: ServerFacts): string[] {
  const told = { mode, role, version, 'maxmemory-policy': maxmemoryPolicy };
  return Object.entries(told).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

function isBefore(version: string, [major, minor]: readonly number[]): boolean {
  const [ofMajor, ofMinor = 0] = version.split('.').map(Number);
  if (ofMajor === undefined || Number.isNaN(ofMajor)) return false;
  return ofMajor < major! || (ofMajor === major && ofMinor < minor!);
}
