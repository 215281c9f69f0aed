/* The states, events and effects of the state machine in `entity-life.ts`, which has the table. */

import type { CloseReason } from '../host.ts';

/** Identifies one operation. A reply carries the id of its operation. */
export type EntityOperation = number;

/** Why an entity leaves in steps, with a save before it goes. */
type LeaveReason = 'idle' | 'ended' | 'handOff' | 'fenced';

/** The state of a user's entity on this pod. */
export type EntityState =
  | { readonly at: 'none' }
  | { readonly at: 'parked' }
  | { readonly at: 'claiming'; readonly op: EntityOperation }
  | { readonly at: 'opening'; readonly op: EntityOperation; readonly token: number }
  | { readonly at: 'open' }
  | {
      readonly at: 'leaving';
      readonly op: EntityOperation;
      readonly why: LeaveReason;
      /** Waits for running uses, for the save, or for the link to go. */
      readonly step: 'uses' | 'save' | 'link';
    }
  | { readonly at: 'passing' }
  | { readonly at: 'closing'; readonly op: EntityOperation };

/** What happens to an entity. Replies carry the `op` of their operation. */
export type EntityEvent =
  /** Somebody waits for the entity. */
  | { readonly type: 'ask'; readonly op: EntityOperation }
  /** The driver holds the user, and nothing is open here. */
  | { readonly type: 'found' }
  | { readonly type: 'claimed'; readonly op: EntityOperation; readonly token: number }
  /** The claim was refused, or failed. `held`: the driver holds the user all the same. */
  | { readonly type: 'refused'; readonly op: EntityOperation; readonly held: boolean }
  | { readonly type: 'opened'; readonly op: EntityOperation }
  /** The storage knows a greater token. */
  | { readonly type: 'stale'; readonly op: EntityOperation }
  | { readonly type: 'openFailed'; readonly op: EntityOperation }
  | { readonly type: 'idle'; readonly op: EntityOperation }
  | { readonly type: 'end'; readonly op: EntityOperation }
  /** The driver hands the user off, and waits for an answer. */
  | { readonly type: 'handOff'; readonly op: EntityOperation }
  | { readonly type: 'usesEnded'; readonly op: EntityOperation }
  | { readonly type: 'usesLate'; readonly op: EntityOperation }
  /** The last save has ended. `isAll`: nothing changed meanwhile. */
  | { readonly type: 'saved'; readonly op: EntityOperation; readonly isAll: boolean }
  /** The save failed or took too long. */
  | { readonly type: 'saveFailed'; readonly op: EntityOperation }
  /** The driver waits for the hand-off's answer no longer. */
  | { readonly type: 'givenUp'; readonly op: EntityOperation }
  | { readonly type: 'released'; readonly op: EntityOperation }
  | { readonly type: 'moved'; readonly op: EntityOperation; readonly to: number | undefined }
  /** A hand-off ended, and the user is still here. */
  | { readonly type: 'stayed' }
  | { readonly type: 'lost'; readonly op: EntityOperation }
  /** At a save, the storage knew a greater token. */
  | { readonly type: 'outdated'; readonly op: EntityOperation }
  | { readonly type: 'fenced'; readonly op: EntityOperation; readonly saves: boolean }
  | { readonly type: 'stopped'; readonly op: EntityOperation }
  | { readonly type: 'closed'; readonly op: EntityOperation; readonly held: boolean };

/** What must be done after an event. */
export type EntityEffect =
  | { readonly type: 'claim'; readonly op: EntityOperation }
  | { readonly type: 'open'; readonly op: EntityOperation; readonly token: number }
  /** `open` is under way and its state is not wanted: close it when it comes. */
  | { readonly type: 'abandon'; readonly why: CloseReason }
  /** The stays' signal fires. */
  | { readonly type: 'signal' }
  | { readonly type: 'awaitUses'; readonly op: EntityOperation }
  | { readonly type: 'save'; readonly op: EntityOperation }
  | { readonly type: 'release'; readonly op: EntityOperation }
  /** As `release`, but nothing waits for it. */
  | { readonly type: 'letGo' }
  /** Answers the driver's hand-off. `unsaved`: the user is moved all the same; `kept`: the user stays. */
  | { readonly type: 'answer'; readonly as: 'saved' | 'unsaved' | 'kept' }
  /** The entity serves again; the stays of before are over. */
  | { readonly type: 'resume' }
  | {
      readonly type: 'close';
      readonly op: EntityOperation;
      readonly why: CloseReason;
      readonly to: number | undefined;
    }
  /** Those who wait get `NOT_MINE`. */
  | { readonly type: 'turnAway' };

/** The next state and its effects. */
export interface EntityStep {
  readonly state: EntityState;
  readonly effects: readonly EntityEffect[];
}
