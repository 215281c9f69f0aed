import type { RoundTrips } from '../gateway/round-trips.ts';
import type { ServingJournal } from './serving-journal.ts';
import type { PodTally, Tally } from './tally.ts';

/** What a run came to: the object that `--json` ends with. */
export interface Result {
  readonly requests: number;
  readonly users: number;
  readonly served: number;
  /** Requests that nobody served in time. */
  readonly failed: number;
  /** Requests that a pod served which did not own the user. */
  readonly misroutes: number;
  /** Users that two pods served at one time. */
  readonly doubleOwners: number;
  /** Users that were moved from one pod to another. */
  readonly relinked: number;
  /** Lines of the log that are no requests. */
  readonly malformed: number;
  readonly pods: readonly PodTally[];
  /** The gateways' round trips to the store. */
  readonly roundTrips: {
    readonly total: number;
    /** For a user that the gateway did not know; `null` when there was none. */
    readonly perFirstRoute: number | null;
    /** For a user that it knew. */
    readonly perRepeat: number | null;
  };
  readonly seconds: number;
  readonly seed: number;
}

/** Puts together what was counted and what was observed. */
export function resultOf(
  tally: Tally,
  journal: ServingJournal,
  trips: RoundTrips,
  run: { readonly seconds: number; readonly seed: number },
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
  };
}

/** Whether every user was served by their one pod, and nothing failed. */
export function isRight({ failed, misroutes, doubleOwners }: Result): boolean {
  return failed === 0 && misroutes === 0 && doubleOwners === 0;
}
