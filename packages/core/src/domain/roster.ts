import type { CallOptions } from './call-options.ts';

/** One user of an ordinal's roster. */
export interface RosterEntry {
  readonly uid: string;
  /** The incarnation that entered the user. */
  readonly incarnation: string;
  /** Grows with every entry of the roster. */
  readonly number: number;
}

/** A page of a roster. */
export interface RosterPage {
  readonly entries: readonly RosterEntry[];
  /** Where the next page begins; `undefined`: this was the last one. */
  readonly cursor?: string | undefined;
}

/** Who enters a user into a roster. */
export interface EnterRosterOptions extends CallOptions {
  readonly incarnation: string;
}

/** Which entry is removed from a roster. */
export interface LeaveRosterOptions extends CallOptions {
  /** What `enterRoster` returned, or the entry's own number in a page. */
  readonly number: number;
}

/** Where a reading of a roster continues. */
export interface ReadRosterOptions extends CallOptions {
  /** The `cursor` of the previous page. Absent: from the beginning. */
  readonly cursor?: string | undefined;
}
