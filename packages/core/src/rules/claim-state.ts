/* The states, events and effects of the state machine in `claim-life.ts`, which has the table. */

/** Identifies one operation. A reply carries the id of its operation. */
export type ClaimOperation = number;

/** The state of a user on this pod. */
export type ClaimState =
  | { readonly at: 'none' }
  | { readonly at: 'waiting'; readonly token: number }
  | { readonly at: 'claiming'; readonly op: ClaimOperation; readonly waiting: number | undefined }
  | { readonly at: 'held'; readonly token: number }
  | { readonly at: 'raising'; readonly token: number; readonly op: ClaimOperation }
  | {
      readonly at: 'moving';
      readonly token: number;
      readonly op: ClaimOperation;
      readonly to: number | undefined;
      /** Whether the user was found in the roster: then it was not held before, and is not after a failure. */
      readonly waiting: boolean;
    }
  | { readonly at: 'releasing'; readonly token: number; readonly op: ClaimOperation }
  | {
      readonly at: 'doubt';
      /** The write in doubt: its reply was lost, and it may still take effect until its deadline. */
      readonly of: 'claim' | 'removal' | 'move';
      readonly token: number | undefined;
      readonly op: ClaimOperation;
      /** The token of an earlier run's claim, if there was one. */
      readonly waiting?: number | undefined;
    }
  | { readonly at: 'suspended'; readonly token: number; readonly op: ClaimOperation | undefined }
  | { readonly at: 'reclaiming'; readonly token: number; readonly op: ClaimOperation };

/** An event of a user. Operations take turns; `fence` and `end` come at any time. */
export type ClaimEvent =
  | { readonly type: 'claim'; readonly op: ClaimOperation }
  | { readonly type: 'raise'; readonly op: ClaimOperation }
  | { readonly type: 'move'; readonly op: ClaimOperation; readonly to: number | undefined }
  | { readonly type: 'release'; readonly op: ClaimOperation }
  | { readonly type: 'reclaim'; readonly op: ClaimOperation }
  /** An earlier run's claim was found in the roster. */
  | { readonly type: 'adopt'; readonly token: number }
  /** The reply that the link is this pod's claim. `untilRelease`: `claim()` made it, so it is held until `release`. */
  | {
      readonly type: 'linked';
      readonly op: ClaimOperation;
      readonly token: number;
      readonly untilRelease: boolean;
    }
  /** The reply that another pod's claim, or an ended record, prevents it. */
  | { readonly type: 'refused'; readonly op: ClaimOperation }
  /** Nothing was written. */
  | { readonly type: 'failed'; readonly op: ClaimOperation }
  /** The reply was lost. */
  | { readonly type: 'unknown'; readonly op: ClaimOperation }
  | { readonly type: 'removed'; readonly op: ClaimOperation }
  | { readonly type: 'moved'; readonly op: ClaimOperation }
  /** The reading past the deadline of a write in doubt: the token of this run's claim, or `waits` of an earlier run's. */
  | {
      readonly type: 'settled';
      readonly op: ClaimOperation;
      readonly token: number | undefined;
      readonly waits?: number | undefined;
    }
  /** A reading found this run's claim. */
  | { readonly type: 'found'; readonly token: number }
  /** The claim with this token ended, or another pod has the user. */
  | { readonly type: 'gone'; readonly token: number }
  | { readonly type: 'fence' }
  /** The run is over: the pod stopped, or was displaced, which is reported as a loss. */
  | { readonly type: 'end'; readonly lost: boolean }
  /** `claim()` holds the user until `release`. */
  | { readonly type: 'keep' }
  /** A scope requests its claim, runs with the claim held, gives up waiting for the claim, or ends. */
  | { readonly type: 'scopeWaits' }
  | { readonly type: 'scopeRuns' }
  | { readonly type: 'scopeGivesUp' }
  | { readonly type: 'scopeEnds'; readonly hold: number };

/** What the pod must do after an event. */
export type ClaimEffect =
  /** Report to the application that it lost the user. */
  | { readonly type: 'lost'; readonly token: number }
  /** Remove the claim with this token, which nothing holds here. */
  | { readonly type: 'undo'; readonly token: number }
  /** Release the user, unless a scope or a `claim()` holds it when this operation's turn comes: see {@link isIdle}. */
  | { readonly type: 'letGo' };

/** One user on this pod: the state of its claim, and what holds it. */
export interface ClaimLife {
  readonly state: ClaimState;
  /** Whether `claim()` holds the user until `release`, not only scopes. */
  readonly untilRelease: boolean;
  /** How many scopes wait for their claim. */
  readonly waitingScopes: number;
  /** How many scopes run in the current hold. */
  readonly runningScopes: number;
  /** How many holds have ended. The end of a scope of an earlier hold changes nothing. */
  readonly hold: number;
}

/** The result of an event. */
export interface ClaimStep {
  readonly life: ClaimLife;
  readonly effects: readonly ClaimEffect[];
}
