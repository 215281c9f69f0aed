import type { ConfigFault } from '@stateful-route/core';
import {
  type Check,
  checkDuration,
  invalidParameter,
  optionFaults,
  type OptionRules,
} from '@stateful-route/core/adapter';
import { assertNoFaults } from './client/assert-no-faults.ts';
import type { ClientOptions, UrlOptions } from './create-redis-executors.ts';

const checkHas =
  (what: string, methods: readonly string[]): Check =>
  (value, parameter = 'options') => {
    const has = (name: string): boolean =>
      typeof (value as Record<string, unknown> | null)?.[name] === 'function';
    if (!methods.every(has)) throw invalidParameter(parameter, what);
  };

const checkUrl: Check = (value, parameter = 'url') => {
  // The address is not repeated: it may hold a password.
  const isUrl = typeof value === 'string' && /^rediss?:\/\//i.test(value) && URL.canParse(value);
  if (!isUrl) throw invalidParameter(parameter, 'must be a redis:// or rediss:// address');
  const { username, password, pathname } = new URL(value);
  try {
    decodeURIComponent(username + password + pathname);
  } catch {
    throw invalidParameter(parameter, 'must have each % of its username, password and path encoded as %25');
  }
};

const checkTls: Check = (value, parameter = 'tls') => {
  if (typeof value !== 'object' || value === null) throw invalidParameter(parameter, 'must be an object');
};

const rules: OptionRules<Record<keyof ClientOptions | keyof UrlOptions, unknown>> = {
  client: checkHas("must be ioredis' Redis or Cluster", ['defineCommand']),
  url: checkUrl,
  tls: checkTls,
  timeoutMs: checkDuration,
  clock: checkHas('must be a Clock', ['now', 'monotonic', 'setTimeout']),
  logger: checkHas('must be a Logger', ['debug', 'info', 'warn', 'error']),
};

const faultsIn = optionFaults(rules);

/** Throws `INVALID_CONFIG`, with each fault by its name, for options that executors cannot be made of. */
export function checkOptions(options: unknown): void {
  const faults = faultsIn(options, 'options') ?? [];
  if (typeof options === 'object' && options !== null) faults.push(...faultsTogether(options));
  assertNoFaults(faults);
}

function faultsTogether({ client, url, tls }: Partial<Record<keyof typeof rules, unknown>>): ConfigFault[] {
  const faults: ConfigFault[] = [];
  if ((client === undefined) === (url === undefined)) {
    faults.push({ name: 'url', problem: 'must be given, or client, but not both' });
  }
  if (tls !== undefined && !(typeof url === 'string' && /^rediss:/i.test(url))) {
    faults.push({ name: 'tls', problem: 'goes with a rediss:// url' });
  }
  return faults;
}
