import type { ConfigFault } from '@stateful-route/core';
import {
  type Check,
  checkFlag,
  type HostPort,
  invalidParameter,
  optionFaults,
  type OptionRules,
  parseHostPort,
} from '@stateful-route/core/adapter';
import { assertNoFaults } from '../client/assert-no-faults.ts';

/**
 * Where a program's Redis is, as a file or a command line says it: exactly one of `url`, `cluster` and `sentinels`. Secrets are in
 * files.
 */
export interface RedisSettings {
  /** `redis://` or `rediss://`. */
  readonly url?: string | undefined;
  /** Nodes of a Cluster, each `HOST:PORT`. */
  readonly cluster?: readonly string[] | undefined;
  /** Sentinels, each `HOST:PORT`. */
  readonly sentinels?: readonly string[] | undefined;
  /** The name by which the Sentinels know the master. */
  readonly sentinelName?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly sentinelPasswordFile?: string | undefined;
  /** Whether connections use TLS. A `rediss://` address says so itself. */
  readonly tls?: boolean | undefined;
  /** A file with the certificate of your own authority. */
  readonly caFile?: string | undefined;
}

const checkText: Check = (value, parameter = 'text') => {
  if (typeof value !== 'string' || value === '') throw invalidParameter(parameter, 'must be a text');
};

const checkNodes: Check = (value, parameter = 'nodes') => {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidParameter(parameter, 'must be a list of HOST:PORT');
  }
  for (const [at, node] of (value as unknown[]).entries()) {
    if (typeof node !== 'string' || parseHostPort(node) === undefined) {
      throw invalidParameter(`${parameter}.${at}`, 'must be HOST:PORT, such as 127.0.0.1:6379');
    }
  }
};

const checkUrl: Check = (value, parameter = 'url') => {
  // The message omits the address, which may hold a password.
  if (typeof value !== 'string' || !/^rediss?:\/\/./i.test(value) || !URL.canParse(value)) {
    throw invalidParameter(parameter, 'must be a redis:// or rediss:// address');
  }
};

const rules: OptionRules<RedisSettings> = {
  url: checkUrl,
  cluster: checkNodes,
  sentinels: checkNodes,
  sentinelName: checkText,
  username: checkText,
  passwordFile: checkText,
  sentinelPasswordFile: checkText,
  tls: checkFlag,
  caFile: checkText,
};

const faultsIn = optionFaults(rules);

/**
 * Checks settings, of which each that is `undefined` counts as absent, and returns them.
 *
 * @throws `INVALID_CONFIG` with every fault, each by its path, such as `cluster.0`.
 */
export function readRedisSettings(given: unknown): RedisSettings {
  const faults = faultsIn(given, '') ?? [];
  if (typeof given === 'object' && given !== null) faults.push(...faultsTogether(given));
  assertNoFaults(faults);
  return given as RedisSettings;
}

function faultsTogether({ url, cluster, sentinels, sentinelName }: RedisSettings): ConfigFault[] {
  const faults: ConfigFault[] = [];
  if ([url, cluster, sentinels].filter((one) => one !== undefined).length !== 1) {
    faults.push({ name: '', problem: 'must have exactly one of url, cluster, sentinels' });
  }
  if ((sentinels === undefined) !== (sentinelName === undefined)) {
    faults.push({ name: 'sentinelName', problem: 'must be given with sentinels, and only then' });
  }
  return faults;
}

/** The addresses of a list that has been checked. */
export const hostPorts = (nodes: readonly string[]): HostPort[] => nodes.map((node) => parseHostPort(node)!);
