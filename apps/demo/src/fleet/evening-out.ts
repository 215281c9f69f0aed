import type { RebalanceOptions } from '@stateful-route/driver';
import type { ServingJournal } from '../report/serving-journal.ts';

/** The budget of a demo that adds pods: all users may move within a minute, and again after a few seconds. */
export const REBALANCE = {
  which: 'all',
  everyMs: 1_000,
  additions: 1,
  balance: 1,
  cooldownMs: 5_000,
  receiveRate: 200,
} as const satisfies RebalanceOptions;

/** Even: no pod holds more or less users than this part of the mean beside it. */
const EVEN_WITHIN = 0.1;
const EVEN_MS = 2_000;
const CHECK_MS = 250;
const GIVE_UP_MS = 180_000;

/** How a fleet evened out. */
export interface EveningOut {
  /** How many pods were added. */
  readonly added: number;
  /** The part of all users that may move a minute. */
  readonly budgetPerMinute: number;
  /** Whether the fleet became even, and stayed so for two seconds. */
  readonly even: boolean;
  /** The users of the pod that is farthest from the mean, over the mean, less 1. */
  readonly imbalance: number;
  /** How long that took, from the end of the traffic that filled the fleet. */
  readonly seconds: number;
}

/** The distance of the farthest pod from the mean, as a part of the mean. */
function imbalanceOf(users: readonly number[]): number {
  const mean = users.reduce((sum, each) => sum + each, 0) / users.length;
  return mean === 0 ? 0 : Math.max(...users.map((each) => Math.abs(each - mean))) / mean;
}

/** Waits until the fleet is even, until the signal fires, at the longest three minutes. */
export async function untilEven(
  journal: ServingJournal,
  { pods, added }: { readonly pods: number; readonly added: number },
  signal: AbortSignal,
): Promise<EveningOut> {
  const imbalance = (): number =>
    imbalanceOf(Array.from({ length: pods + added }, (_, podId) => journal.heldBy(podId)));
  const begun = performance.now();
  let evenSince: number | undefined;
  const isEven = (): boolean => {
    const now = performance.now();
    evenSince = imbalance() <= EVEN_WITHIN ? (evenSince ?? now) : undefined;
    return evenSince !== undefined && now - evenSince >= EVEN_MS;
  };
  let even = false;
  while (!even && !signal.aborted && performance.now() - begun < GIVE_UP_MS) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, CHECK_MS);
    });
    even = isEven();
  }
  const seconds = Math.round(performance.now() - begun) / 1_000;
  return {
    added,
    budgetPerMinute: REBALANCE.additions,
    even,
    imbalance: Math.round(imbalance() * 1_000) / 1_000,
    seconds,
  };
}
