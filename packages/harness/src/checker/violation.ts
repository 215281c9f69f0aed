/** What a history must satisfy. */
export type InvariantName =
  /** No acknowledged link is lost, except by the store's loss of data. */
  | 'links-kept'
  /** No write acts after its deadline. */
  | 'deadlines-kept'
  /** At no time do two pods serve one user with valid tokens. */
  | 'one-server'
  /** A pod has fenced itself before anyone takes its users. */
  | 'fenced-first'
  /** The tokens of a user only grow. */
  | 'tokens-grow';

/** A history that breaks a promise. */
export interface Violation {
  readonly invariant: InvariantName;
  readonly uid: string;
  /** When, by the history's clock. */
  readonly at: number;
  readonly message: string;
}
