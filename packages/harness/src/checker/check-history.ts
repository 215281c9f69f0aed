import type { HistoryEvent } from '../history/events.ts';
import { fencedFirst } from './fenced-first.ts';
import { linksKept } from './links-kept.ts';
import { oneServer } from './one-server.ts';
import { tokensGrow } from './tokens-grow.ts';
import type { Violation } from './violation.ts';

/** How a history is judged. */
export interface CheckOptions {
  /**
   * Every serve counts, whether the storage accepted it or not: for faults in which a pod stops by itself, and needs no
   * storage that refuses it. Default: only what was accepted.
   */
  readonly everyServeCounts?: boolean | undefined;
}

/** Everything in a history that breaks a promise, in the order of time. Pure: the same history, the same answer. */
export function checkHistory(events: readonly HistoryEvent[], options: CheckOptions = {}): Violation[] {
  const violations = [
    ...linksKept(events),
    ...oneServer(events, options.everyServeCounts === true),
    ...fencedFirst(events),
    ...tokensGrow(events),
  ];
  return violations.toSorted((a, b) => a.at - b.at);
}
