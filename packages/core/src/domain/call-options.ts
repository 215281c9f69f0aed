import type { JournalType } from './journal.ts';
import type { ReasonWord } from './reason.ts';

/** Options that every call takes. */
export interface CallOptions {
  /** Aborts the call, which then rejects with `signal.reason`. A write that was already sent may still take effect. */
  readonly signal?: AbortSignal | undefined;
  /** The call's deadline in ms, retries included. Past it the call rejects with `TIMEOUT`. Default: the adapter's. */
  readonly timeoutMs?: number | undefined;
}

/** Who asks for something by name. */
export interface ByOptions extends CallOptions {
  /** The person or program: 1–128 characters. It is kept in the journal. */
  readonly by?: string | undefined;
}

/** The entry that a removal expects. A field that is absent is not compared. */
export interface RemoveServiceStateOptions extends ByOptions {
  readonly incarnation?: string | undefined;
  readonly updateTime?: number | undefined;
}

/** The entry that a mark expects: the one that was read. */
export interface MarkServiceStateOptions extends CallOptions {
  readonly incarnation: string;
  readonly updateTime: number;
}

/** How an intent is obeyed. */
export interface SetPodIntentOptions extends ByOptions {
  /** How many users a `drain` hands over a second, above 0. Absent: as fast as the pod's own options say. */
  readonly ratePerSecond?: number | undefined;
}

/** The incarnation whose process has ended. */
export interface ReportDeadOptions extends ByOptions {
  readonly incarnation: string;
}

/**
 * The reading that a placement or a claim rests on. A new connection may lead to another store, or to an emptied one, so a
 * decision from before it must not be written there.
 */
export interface EpochOptions extends CallOptions {
  /**
   * The epoch of the reading or heartbeat that the decision rests on. In another epoch the call rejects with
   * `STORE_ERROR`, retryable, which carries the new `epoch`; nothing is written. Absent: not compared.
   */
  readonly epoch?: number | undefined;
}

/** What a batch of links reads beside them. */
export interface BatchGetLinkOptions extends CallOptions {
  /** Read the pins of users who have a link, too. */
  readonly pins?: boolean | undefined;
}

/** The user's pin, if the caller knows of it. */
export interface PlaceOptions extends EpochOptions {
  /**
   * The pod that the user is pinned to, which is not alive: the pin is ignored. A pin to any other pod still refuses the call.
   */
  readonly despitePin?: number | undefined;
}

/** A claim as its pod makes it. */
export interface ClaimOptions extends CallOptions {
  /**
   * The claim's token will be at least this; at most 2^53 − 2^32, so that tokens can grow on. A pod whose storage refused a
   * smaller token passes the storage's token + 1.
   */
  readonly minToken?: number | undefined;
}

/** The pod that owns a claim. Used for claims only, that is, with `PERSIST_FOREVER`. */
export interface ClaimOwnerOptions extends ClaimOptions {
  /** The pod's incarnation, stored with the token. */
  readonly incarnation?: string | undefined;
  /** The pod's lease in ms, stored with the token. Readers use it when the pod has no entry. */
  readonly leaseMs?: number | undefined;
}

/** The owner of a forced link, and who asks for it. */
export interface SetLinkedPodOptions extends ClaimOwnerOptions, ByOptions {}

/** Conditions of `trySetLinkedPod`. */
export interface TrySetLinkedPodOptions extends ClaimOwnerOptions, PlaceOptions {
  /**
   * Restores a claim that the store lost, with exactly this token, also over a temporary link of another pod. The store
   * refuses it (`linked: false`) when another pod's claim stands, when it keeps a greater token, or when it keeps this token
   * without an owner: then the claim was ended on purpose. Excludes `minToken`.
   */
  readonly assertToken?: number | undefined;
  /** Link only if the link in force names this pod, as a claim or temporarily. */
  readonly onlyIfNamed?: boolean | undefined;
  /** Link only if the link in force is a claim of this pod. */
  readonly onlyIfClaimed?: boolean | undefined;
}

/** Why a link is replaced. */
export type ReplaceReason = Extract<ReasonWord, 'relinked' | 'taken-over' | 'handed-over' | 'moved'>;

/** Conditions of `replaceLinkedPod`, and why it is called. */
export interface ReplaceLinkedPodOptions extends PlaceOptions, ByOptions {
  /** The reason of the new link. Default: `taken-over` for a claim, else `relinked`. */
  readonly why?: ReplaceReason | undefined;
  /** For how long nobody has served the user before the call, in ms. The reply to the next claim has it: `gapMs`. */
  readonly unservedMs?: number | undefined;
  /**
   * The store's time at which the owner of the claim died, for a death that may be the user's doing: see `deathOf`. It is held
   * against the user if he was claimed shortly before, and not more other pods fell than deaths are held against him already.
   */
  readonly ownerDiedAt?: number | undefined;
  /** How many other pods died, or started again, within a lease of that. Default: 0. */
  readonly othersFell?: number | undefined;
  /**
   * What to do with a user against whom `DEATHS_MAX` deaths are held. `quarantine`: end his claim, and place him nowhere for
   * `QUARANTINE_MS`. `forgive`: forget the deaths. Absent: write nothing, and reply `suspected`.
   */
  readonly poison?: 'quarantine' | 'forgive' | undefined;
  /** Replace a temporary link only, never a claim. */
  readonly onlyIfTemporary?: boolean | undefined;
  /**
   * Replace a claim that has this token; `null` means a claim without one. When absent, no claim is replaced. A temporary
   * link is replaced whatever this says.
   */
  readonly ifToken?: number | null | undefined;
}

/** What remains of a removed link. */
export interface RemoveLinkedPodOptions extends CallOptions {
  /** Absent, `DELETE_NOW` or 0: the link is deleted. An integer > 0: it becomes a temporary link that lives so many seconds. */
  readonly keepSeconds?: number | undefined;
}

/** Like {@link RemoveLinkedPodOptions}, with conditions. */
export interface RemoveLinkedPodWithIdOptions extends RemoveLinkedPodOptions {
  /** Remove only a claim with this token. */
  readonly token?: number | undefined;
  /** Remove only a temporary link. Excludes `token`. */
  readonly onlyIfTemporary?: boolean | undefined;
}

/** The incarnation that enters a user into a roster. */
export interface EnterRosterOptions extends CallOptions {
  readonly incarnation: string;
}

/** The roster entry to remove. */
export interface LeaveRosterOptions extends CallOptions {
  /** The number that `enterRoster` returned, or that the entry has in a page. */
  readonly number: number;
}

/** Which entries of a journal to read. */
export interface ReadJournalOptions extends CallOptions {
  /** The `after` of the page before: only later entries, from the oldest on. Absent: the newest entries. */
  readonly after?: string | undefined;
  /** Only entries about this pod. */
  readonly podId?: number | undefined;
  /** Only entries about this user. */
  readonly uid?: string | undefined;
  /** Only entries of these types. */
  readonly types?: readonly JournalType[] | undefined;
  /** How many entries at most, up to 1,000. Default 100. */
  readonly limit?: number | undefined;
}

/** The process that takes an order. */
export interface TakeOrderOptions extends CallOptions {
  readonly incarnation: string;
}

/** The roster page to read. */
export interface ReadRosterOptions extends CallOptions {
  /** The `cursor` of the page before. Absent: the first page. */
  readonly cursor?: string | undefined;
}
