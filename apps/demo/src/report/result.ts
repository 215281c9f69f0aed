import type { EveningOut } from '../fleet/evening-out.ts';
import type { RoundTrips } from '../gateway/round-trips.ts';
import type { ServingJournal } from './serving-journal.ts';
import type { PodTally, Tally } from './tally.ts';

/** The result of a run, which `--json` prints. */
export interface Result {
  readonly requests: number;
  readonly users: number;
  readonly served: number;
  /** Requests that no pod served in time. */
  readonly failed: number;
  /** Requests served by a pod that did not own the user. */
  readonly misroutes: number;
  /** Users that two pods served at the same time. */
  readonly doubleOwners: number;
  /** Users that moved from one pod to another. */
  readonly relinked: number;
  /** Lines of the log that are not requests. */
  readonly malformed: number;
  readonly pods: readonly PodTally[];
  /** The gateways' round trips to the store. */
  readonly roundTrips: {
    readonly total: number;
    /** The mean for a user that was not in the gateway's cache. `null` without one. */
    readonly perFirstRoute: number | null;
    /** The mean for a user in the cache. */
    readonly perRepeat: number | null;
  };
  readonly seconds: number;
  readonly seed: number;
  /** Only with `--scale-out`. */
  readonly scaleOut?: EveningOut | undefined;
}

/** Combines the counts of the gateways and the pods' journal. */
export function resultOf(
  tally: Tally,
  journal: ServingJournal,
  trips: RoundTrips,
  run: Pick<Result, 'seconds' | 'seed' | 'scaleOut'>,
): Result {
  return {
    requests: tally.requests,
    users: tally.users,
    served: tally.served,
    failed: tally.failed,
    misroutes: tally.misroutes,
    doubleOwners: journal.doubleOwners(),
    relinked: journal.relinked(),
    malformed: tally.malformed,
    pods: tally.pods,
    roundTrips: {
      total: trips.total,
      perFirstRoute: trips.mean('first'),
      perRepeat: trips.mean('repeat'),
    },
    seconds: Math.round(run.seconds * 1_000) / 1_000,
    seed: run.seed,
    scaleOut: run.scaleOut,
  };
}

/** Whether every request was served, and by the user's only pod, and a fleet that was to become even did. */
export function isRight({ failed, misroutes, doubleOwners, scaleOut }: Result): boolean {
  return failed === 0 && misroutes === 0 && doubleOwners === 0 && scaleOut?.even !== false;
}
