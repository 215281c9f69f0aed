import {
  type ConfigFault,
  DURATION_MAX_MS,
  invalidConfig,
  POD_ID_MAX,
  SUSPECT_AFTER_PERIODS,
  unknownName,
} from '@stateful-route/core';
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
const count = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be an integer'),
  v.minValue(1, 'must be 1 or more'),
);
const flag = v.boolean('must be true or false');
const word = <const Words extends readonly string[]>(words: Words) =>
  v.picklist(words, `must be one of ${words.join(', ')}`);

const entries = {
  profile: word(['default', 'realtime']),
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
  routingPeers: count,
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
};

const schema = v.strictObject(entries);

/** The configuration's names, all of them. */
const configNames: ReadonlySet<string> = new Set(Object.keys(entries));

/** What holds between values that are each right by themselves. */
function contradictions(config: RouteConfig): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const leaseMs = config.stateCacheExpireSecs * 1_000;
  const periodMs = config.serviceStateUpdatePeriodSeconds * 1_000;
  if (leaseMs <= 2 * periodMs + config.fenceMarginMs) {
    faults.push({
      name: 'stateCacheExpireSecs',
      problem: `the lease (${leaseMs} ms) must exceed two update periods (2 × ${periodMs} ms) plus fenceMarginMs (${config.fenceMarginMs} ms), or a single lost heartbeat ends it`,
    });
  }
  // A beat without a change is not pushed: between two refreshes an entry ages by a period and a refresh.
  const refreshLimitMs = (SUSPECT_AFTER_PERIODS - 1) * periodMs;
  if (config.stateRefreshMs > refreshLimitMs) {
    faults.push({
      name: 'stateRefreshMs',
      problem: `must be at most ${refreshLimitMs} ms with this update period, or healthy pods look suspect between two refreshes`,
    });
  }
  if (config.rejectWhenOverloaded && config.overloadedAt === undefined) {
    faults.push({ name: 'rejectWhenOverloaded', problem: 'needs overloadedAt' });
  }
  return faults;
}

function given(layer: RouteConfigInput): RouteConfigInput {
  if (typeof layer !== 'object' || layer === null || Array.isArray(layer)) {
    throw invalidConfig([{ name: 'config', problem: 'must be an object' }]);
  }
  return Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined));
}

/**
 * The configuration in force: of each name the last layer that gives it, else the profile's default. `undefined` is not
 * given.
 *
 * @throws `INVALID_CONFIG` with every fault at once, each with its name.
 */
export function resolveConfig(...layers: readonly (RouteConfigInput | undefined)[]): RouteConfig {
  const input = Object.assign({}, ...layers.map((layer = {}) => given(layer))) as RouteConfigInput;
  const profile = input.profile ?? 'default';
  const base = profiles[profile] ?? profiles.default;
  const parsed = v.safeParse(schema, { ...base, profile, ...input });
  if (!parsed.success) throw invalidConfig(parsed.issues.map(faultOf));
  const {
    fenceMarginMs = Math.max(1_000, parsed.output.stateCacheExpireSecs * 100),
    userTimeoutMs = parsed.output.drainTimeoutMs / 4,
    ...rest
  } = parsed.output;
  const config = { ...rest, fenceMarginMs, userTimeoutMs } as RouteConfig;
  const faults = contradictions(config);
  if (faults.length > 0) throw invalidConfig(faults);
  return config;
}

function faultOf({ path, message }: v.BaseIssue<unknown>): ConfigFault {
  const key = path?.[0]?.key;
  if (typeof key !== 'string') return { name: 'config', problem: message };
  return configNames.has(key) ? { name: key, problem: message } : unknownName(key, configNames);
}
