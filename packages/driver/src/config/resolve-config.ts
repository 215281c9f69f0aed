import type { ConfigFault } from '@stateful-route/core';
import {
  DURATION_MAX_MS,
  invalidConfig,
  POD_ID_MAX,
  SUSPECT_AFTER_PERIODS,
  unknownName,
} from '@stateful-route/core/adapter';
import * as v from 'valibot';
import { profiles, type RouteConfig, type RouteConfigInput } from './route-config.ts';

const SECONDS_MAX = Math.floor(DURATION_MAX_MS / 1_000);

/* Timers hold nearly 25 days, and fire at once above it. */
const heldMs = v.pipe(
  v.number('must be a number'),
  v.maxValue(DURATION_MAX_MS, `must be at most ${DURATION_MAX_MS} ms`),
);
const waitMs = v.pipe(heldMs, v.minValue(0, 'must be 0 or more'));
const durationMs = v.pipe(heldMs, v.gtValue(0, 'must be above 0'));
const seconds = v.pipe(
  v.number('must be a number'),
  v.gtValue(0, 'must be above 0'),
  v.maxValue(SECONDS_MAX, `must be at most ${SECONDS_MAX} s`),
);
const notNegative = v.pipe(
  v.number('must be a number'),
  v.finite('must be finite'),
  v.minValue(0, 'must be 0 or more'),
);
const positive = v.pipe(
  v.number('must be a number'),
  v.finite('must be finite'),
  v.gtValue(0, 'must be above 0'),
);
const count = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be an integer'),
  v.minValue(1, 'must be 1 or more'),
);
const flag = v.boolean('must be true or false');
const word = <const Words extends readonly string[]>(words: Words) =>
  v.picklist(words, `must be one of ${words.join(', ')}`);

const entries = {
  profile: word(['realtime', 'compat']),
  linkInfoCacheTimeSecs: seconds,
  stateCacheExpireSecs: seconds,
  stateRefreshMs: durationMs,
  maxRetryCount: v.pipe(
    v.number('must be a number'),
    v.safeInteger('must be an integer'),
    v.minValue(0, 'must be 0 or more'),
  ),
  retryDelayMs: durationMs,
  timeoutMs: durationMs,
  callTimeoutMs: durationMs,
  healthCheckIntervalMs: durationMs,
  linkCacheMax: count,
  overloadedAt: v.optional(notNegative),
  rejectWhenOverloaded: flag,
  routingPeers: v.optional(count),
  excludePods: v.array(
    v.pipe(
      v.number('must hold ordinals'),
      v.safeInteger('must hold ordinals'),
      v.minValue(0, 'must hold ordinals'),
      v.maxValue(POD_ID_MAX, 'must hold ordinals'),
    ),
    'must be an array of ordinals',
  ),
  logLevel: word(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  enableMetrics: flag,
  enableTracing: flag,
  serviceStateUpdatePeriodSeconds: seconds,
  workloadStateUpdatePeriodSeconds: seconds,
  cpuFactor: v.pipe(v.number('must be a number'), v.minValue(0, 'must be 0–1'), v.maxValue(1, 'must be 0–1')),
  fenceMarginMs: v.optional(waitMs),
  loadChangeThreshold: v.optional(notNegative),
  loadPerUser: notNegative,
  deadOwner: word(['relink', 'wait']),
  leftover: word(['release', 'keep']),
  drainTimeoutMs: waitMs,
  userTimeoutMs: v.optional(waitMs),
  maxUsers: v.optional(count),
  replicaTarget: v.optional(
    v.strictObject(
      {
        loadPerPod: v.optional(positive),
        usersPerPod: v.optional(positive),
        min: v.optional(count),
        max: v.optional(count),
        tolerance: v.optional(notNegative),
        scaleInAfterMs: v.optional(waitMs),
      },
      'must be an object with loadPerPod, usersPerPod or both, and no other names than min, max, tolerance, scaleInAfterMs',
    ),
  ),
};

const schema = v.strictObject(entries);

/** The values that have two names: the older one, which a resolved configuration has, and the plain one. */
const namePairs = [
  ['linkInfoCacheTimeSecs', 'temporaryLinkSeconds'],
  ['stateCacheExpireSecs', 'leaseSeconds'],
  ['serviceStateUpdatePeriodSeconds', 'heartbeatSeconds'],
] as const satisfies readonly (readonly [keyof RouteConfig, keyof RouteConfigInput])[];

/** All names of the configuration. */
const configNames: ReadonlySet<string> = new Set([...Object.keys(entries), ...namePairs.flat()]);

/** The name of a value in a fault: the one that was given, else the plain one. */
type NameOf = (name: keyof RouteConfigInput) => string;

/** Conditions between values that are each valid by themselves. */
function contradictions(config: RouteConfig, nameOf: NameOf): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const leaseMs = config.stateCacheExpireSecs * 1_000;
  const periodMs = config.serviceStateUpdatePeriodSeconds * 1_000;
  if (leaseMs <= 2 * periodMs + config.fenceMarginMs) {
    faults.push({
      name: nameOf('stateCacheExpireSecs'),
      problem: `the lease (${leaseMs} ms) must exceed two update periods (2 × ${periodMs} ms) plus fenceMarginMs (${config.fenceMarginMs} ms), or a single lost heartbeat ends it`,
    });
  }
  // A heartbeat without a change is not pushed: between two refreshes an entry ages by a period and a refresh.
  const refreshLimitMs = (SUSPECT_AFTER_PERIODS - 1) * periodMs;
  if (config.stateRefreshMs > refreshLimitMs) {
    faults.push({
      name: 'stateRefreshMs',
      problem: `must be at most ${refreshLimitMs} ms with this update period, or healthy pods look suspect between two refreshes`,
    });
  }
  const { replicaTarget: target } = config;
  if (target && target.loadPerPod === undefined && target.usersPerPod === undefined) {
    faults.push({ name: 'replicaTarget', problem: 'needs loadPerPod, usersPerPod or both' });
  }
  if (target && (target.min ?? 1) > (target.max ?? Number.POSITIVE_INFINITY)) {
    faults.push({ name: 'replicaTarget', problem: 'min must not exceed max' });
  }
  if (config.rejectWhenOverloaded && config.overloadedAt === undefined) {
    faults.push({ name: 'rejectWhenOverloaded', problem: 'needs overloadedAt' });
  }
  return faults;
}

/**
 * Merges layers of a configuration. The last layer that gives a value wins, whichever of the value's two names it uses; the
 * result has that name. `undefined` counts as not given.
 *
 * @throws `INVALID_CONFIG` if a layer is not an object. Nothing else is checked.
 */
export function mergeConfig(...layers: readonly (RouteConfigInput | undefined)[]): RouteConfigInput {
  const merged = new Map<string, unknown>();
  for (const layer of layers) {
    if (layer === undefined) continue;
    if (typeof layer !== 'object' || layer === null || Array.isArray(layer)) {
      throw invalidConfig([{ name: 'config', problem: 'must be an object' }]);
    }
    const given = new Map(Object.entries(layer).filter(([, value]) => value !== undefined));
    for (const names of namePairs) {
      if (names.some((name) => given.has(name))) for (const name of names) merged.delete(name);
    }
    for (const [name, value] of given) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/**
 * The configuration that `createStatefulRoute` would use. The last layer that gives a value wins, whichever of the value's
 * two names it uses. A value that no layer gives is the profile's default; the default profile is `realtime`. `undefined`
 * counts as not given.
 *
 * @throws `INVALID_CONFIG` with every fault at once, each with the name that was given.
 */
export function resolveConfig(...layers: readonly (RouteConfigInput | undefined)[]): RouteConfig {
  const input = mergeConfig(...layers);
  const { profile = 'realtime' } = input;
  const base = Object.hasOwn(profiles, profile) ? profiles[profile] : profiles.realtime;
  const values: Record<string, unknown> = { ...base, profile, ...input };
  const faults: ConfigFault[] = [];
  for (const [older, plain] of namePairs) {
    if (input[plain] === undefined) continue;
    if (input[older] === undefined) values[older] = input[plain];
    else faults.push({ name: plain, problem: `is another name of ${older}; give one of the two` });
    delete values[plain];
  }
  const nameOf: NameOf = (name) =>
    input[name] === undefined ? (namePairs.find(([older]) => older === name)?.[1] ?? name) : name;

  const parsed = v.safeParse(schema, values);
  if (!parsed.success) faults.push(...parsed.issues.map((issue) => faultOf(issue, nameOf)));
  if (!parsed.success || faults.length > 0) throw invalidConfig(faults);
  const {
    fenceMarginMs = Math.max(1_000, parsed.output.stateCacheExpireSecs * 100),
    userTimeoutMs = parsed.output.drainTimeoutMs / 4,
    ...rest
  } = parsed.output;
  const config = { ...rest, fenceMarginMs, userTimeoutMs } as RouteConfig;
  const contradictory = contradictions(config, nameOf);
  if (contradictory.length > 0) throw invalidConfig(contradictory);
  return config;
}

function faultOf({ path, message }: v.BaseIssue<unknown>, nameOf: NameOf): ConfigFault {
  const key = path?.[0]?.key;
  if (typeof key !== 'string') return { name: 'config', problem: message };
  return Object.hasOwn(entries, key)
    ? { name: nameOf(key as keyof RouteConfigInput), problem: message }
    : unknownName(key, configNames);
}
