import type { ServerFacts } from './server-facts.ts';

/** The first version on which the scripts run. Earlier ones allow no write in a script that has read the clock. */
const RUNS_FROM = [5, 0];
/** The first supported version. */
const SUPPORTED_FROM = [6, 2];

/** A server that a plain client cannot work with, and what to do. */
export const NODE_OF_A_CLUSTER: string =
  'a node of a Redis Cluster, which refuses commands about users of different slots. ' +
  'Use the client new Cluster([{ host, port }], safeClusterOptions())';

/** Why a plain client cannot work with a server; `undefined` if it can. */
export function wrongClient({ mode, version }: ServerFacts): string | undefined {
  if (mode === 'cluster') {
    return `is ${NODE_OF_A_CLUSTER}`;
  }
  if (mode === 'sentinel') {
    return 'is a Sentinel. Use the client new Redis(safeRedisOptions({ sentinels: [{ host, port }], name }))';
  }
  if (version !== undefined && isBefore(version, RUNS_FROM)) {
    return `is Redis ${version}, on which the scripts cannot run. Use Redis ${SUPPORTED_FROM.join('.')} or later`;
  }
  return undefined;
}

/** A setting of a server that costs a guarantee. */
export interface ServerRisk {
  readonly level: 'warn' | 'error';
  readonly message: string;
  /** The setting, and what it costs. */
  readonly risk: string;
}

/** The settings of a server that cost a guarantee. */
export function serverRisks({ maxmemoryPolicy: policy, version }: ServerFacts): ServerRisk[] {
  const risks: ServerRisk[] = [];
  if (policy?.startsWith('volatile-')) {
    risks.push({
      level: 'warn',
      message:
        'Redis may evict temporary links and records of ended claims before their time. ' +
        'Run CONFIG SET maxmemory-policy noeviction',
      risk:
        `maxmemory-policy ${policy}: users that no pod has claimed yet may be placed again, and a pod whose claim was ended may ` +
        'claim its user again',
    });
  } else if (policy !== undefined && policy !== 'noeviction') {
    risks.push({
      level: 'error',
      message:
        'Redis may evict any key: two pods can then hold one user. Run CONFIG SET maxmemory-policy noeviction',
      risk: `maxmemory-policy ${policy}: at maxmemory Redis removes some links and tokens and keeps others`,
    });
  }
  if (version !== undefined && isBefore(version, SUPPORTED_FROM)) {
    risks.push({
      level: 'warn',
      message: `Redis is older than ${SUPPORTED_FROM.join('.')}, the first version that is tested`,
      risk: `version ${version}: nothing is promised`,
    });
  }
  return risks;
}

/** The facts that a server leaves out, by the names in its documentation. */
export function missingFacts({ mode, role, version, maxmemoryPolicy }: ServerFacts): string[] {
  const facts = { mode, role, version, 'maxmemory-policy': maxmemoryPolicy };
  return Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

function isBefore(version: string, [major, minor]: readonly number[]): boolean {
  const [ofMajor, ofMinor = 0] = version.split('.').map(Number);
  if (ofMajor === undefined || Number.isNaN(ofMajor)) return false;
  return ofMajor < major! || (ofMajor === major && ofMinor < minor!);
}
