import type { UserUse } from '@stateful-route/core';
import {
  type BalanceOptions,
  checkDuration,
  checkFlag,
  checkInteger,
  checkWord,
  DEFAULT_BALANCE_OPTIONS,
  invalidParameter,
  nestedCheck,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from './route-config.ts';

/** How a service is kept even. */
export interface RebalanceOptions {
  /** `idle`: only users that are idle are moved. `all`: idle ones first. Default `idle`. */
  readonly which?: 'idle' | 'all' | undefined;
  /** The time between two plans, in ms. Default 15 s. */
  readonly everyMs?: number | undefined;
  /** The share of the service's users that may move in a minute to pods that came: 0–1. At least one user may. Default 0.05. */
  readonly additions?: number | undefined;
  /** The share of the service's users that may move in a minute for any other reason: 0–1. At least one user may. Default 0.01. */
  readonly balance?: number | undefined;
  /** No user is moved twice within this time, in ms. Default 10 min. */
  readonly cooldownMs?: number | undefined;
  /** How many users a pod can open in a second. Default 20. */
  readonly receiveRate?: number | undefined;
  /** How long an update counts as running after the newest revision gained a pod, in ms. Default 10 min. */
  readonly updateStallMs?: number | undefined;
}

/** Whether a service is kept even. `true`: all users may be moved. */
export type Rebalance = boolean | 'idle' | RebalanceOptions;

/** Rebalancing as it is carried out. */
export interface RebalancePlan {
  /** Whether it is on. `undefined`: if a host says how users are used. */
  readonly isOn: boolean | undefined;
  readonly which: 'idle' | 'all';
  readonly options: BalanceOptions;
  readonly updateStallMs: number | undefined;
}

/** Which users a pod sheds, as its application and its host say. */
export interface ShedPolicy {
  readonly rebalance: RebalancePlan;
  /** Whether a user may be moved now. */
  readonly movable?: ((uid: string) => boolean) | undefined;
  /** How a user is used, as a host says; `undefined` without a host. */
  readonly use: () => ((uid: string) => UserUse) | undefined;
}

const checkShare = (value: unknown, parameter = 'share'): void => {
  if (typeof value === 'number' && value > 0 && value <= 1) return;
  throw invalidParameter(parameter, 'must be a number above 0 and at most 1');
};

const checkOptions = nestedCheck<RebalanceOptions>({
  which: (value) => checkWord(value, 'which', ['idle', 'all']),
  everyMs: checkDuration,
  additions: checkShare,
  balance: checkShare,
  cooldownMs: checkDuration,
  receiveRate: (value) => checkInteger(value, 'receiveRate', 1, Number.MAX_SAFE_INTEGER),
  updateStallMs: checkDuration,
});

/** The option `rebalance` of a route. */
export function checkRebalance(value: unknown, parameter = 'rebalance'): void {
  if (value === 'idle') return;
  if (typeof value === 'object') checkOptions(value, parameter);
  else checkFlag(value, parameter);
}

/** Completes the option `rebalance`. */
export function rebalancePlan(
  given: Rebalance | undefined,
  { linkInfoCacheTimeSecs, excludePods }: Pick<RouteConfig, 'linkInfoCacheTimeSecs' | 'excludePods'>,
): RebalancePlan {
  const { which, updateStallMs, ...own } = typeof given === 'object' ? given : {};
  const options = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const linkMs = Math.ceil(linkInfoCacheTimeSecs) * 1_000;
  return {
    isOn: given === undefined ? undefined : given !== false,
    which: which ?? (given === true ? 'all' : 'idle'),
    options: { ...DEFAULT_BALANCE_OPTIONS, ...options, linkMs, excludePods },
    updateStallMs,
  };
}
