/** How a fleet is kept even. */
export interface BalanceOptions {
  /** The time between two plans, in ms. */
  readonly everyMs: number;
  /** The share of the fleet's users that may move to pods that came, in a minute. At least one user may. */
  readonly additions: number;
  /** The share of the fleet's users that may move for any other reason, in a minute. At least one user may. */
  readonly balance: number;
  /** A pod that got users gives none away for so long, and the other way round, except to pods that came. In ms. */
  readonly cooldownMs: number;
  /** How many users a pod can open in a second. */
  readonly receiveRate: number;
  /** How long a temporary link lives: a user that was moved comes within this time, or not at all. In ms. */
  readonly linkMs: number;
  /** Pods that take part in nothing, since callers give them no new users. */
  readonly excludePods: readonly number[];
}

/** The options that are not given. */
export const DEFAULT_BALANCE_OPTIONS: BalanceOptions = {
  everyMs: 15_000,
  additions: 0.05,
  balance: 0.01,
  cooldownMs: 600_000,
  receiveRate: 20,
  linkMs: 60_000,
  excludePods: [],
};

/** A fleet is in order while the load of each pod is this near to its fair share. */
export const BAND = 0.1;

/** Differences below this are of the arithmetic. */
export const ROUNDING = 1e-9;

/** A pod that was beyond the band is brought this near to its fair share. */
export const AIM = 0.05;

/** A pod must be beyond the band in so many plans running. */
export const PLANS_BEYOND = 3;

/** The half-life of what is remembered of loads. */
export const LOAD_HALF_LIFE_MS = 120_000;

/** The least gain of a move, over the share of the fleet's load that it moves. A move that nothing overshoots gains 1. */
export const LEAST_GAIN = 0.25;

/** After so many rounds without gain the planner stops for `cooldownMs`, or until pods come or go. */
export const ROUNDS_WITHOUT_GAIN = 3;

/** Over this time a round's gain is measured, and a budget counts. */
export const MINUTE_MS = 60_000;

/** A pod that takes no new users holds up the planner for so long after the number of its users fell. */
export const DRAIN_STALL_MS = 60_000;

/** A pod whose run is younger than this has come lately, also for a planner that did not see it come. */
export const NEWCOMER_MS = 3_600_000;

/** Why a user is moved: a pod came, or loads drifted apart. */
export type BalanceLabel = 'addition' | 'balance';

/** The labels in the order in which budgets are spent. */
export const BALANCE_LABELS: readonly BalanceLabel[] = ['addition', 'balance'];

/** How many users may move in a minute for a reason. */
export function budgetPerMinute(label: BalanceLabel, users: number, options: BalanceOptions): number {
  return Math.max(1, Math.floor(users * (label === 'addition' ? options.additions : options.balance)));
}
