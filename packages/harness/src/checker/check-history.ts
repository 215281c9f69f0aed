import type { HistoryEvent } from '../history/events.ts';
import { fencedFirst } from './fenced-first.ts';
import { linksKept } from './links-kept.ts';
import { oneServer } from './one-server.ts';
import { tokensGrow } from './tokens-grow.ts';
import type { Violation } from './violation.ts';

/** Options of the checker. */
export interface CheckOptions {
  /**
   * Every serve counts, also one that the storage refused. For faults in which a pod must stop by itself. Default: only
   * accepted serves.
   */
  readonly everyServeCounts?: boolean | undefined;
}

/** All broken promises of a history, ordered by time. A pure function. */
export function checkHistory(events: readonly HistoryEvent[], options: CheckOptions = {}): Violation[] {
  const violations = [
    ...linksKept(events),
    ...oneServer(events, options.everyServeCounts === true),
    ...fencedFirst(events),
    ...tokensGrow(events),
  ];
  return violations.toSorted((a, b) => a.at - b.at);
}
