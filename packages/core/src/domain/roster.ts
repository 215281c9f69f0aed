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
  /** Where the next page begins; `undefined` on the last page. */
  readonly cursor?: string | undefined;
}
