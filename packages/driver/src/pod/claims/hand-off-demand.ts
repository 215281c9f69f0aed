import type { HandOffListener } from '@stateful-route/core';

/** The options of a demand. */
export interface HandOffDemandOptions {
  /** The users; `undefined`: all. */
  readonly uids?: ReadonlySet<string> | undefined;
  readonly to?: number | undefined;
  readonly onHandOff?: HandOffListener | undefined;
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly userTimeoutMs: number;
  /** Who gave the order that it obeys; `undefined` if it is no order. */
  readonly by?: string | undefined;
  /** Whether users without a target are saved and released, as the pod stops. */
  readonly lastCall?: boolean | undefined;
  /** Fires when the demand is over. */
  readonly ended: AbortSignal;
  /** Fires when running saves are given up. */
  readonly abandoned: AbortSignal;
}

/** What one drain or `handOff` requests from the pool, and its results. */
export class HandOffDemand {
  readonly to: number | undefined;
  readonly onHandOff: HandOffListener | undefined;
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly userTimeoutMs: number;
  readonly by: string | undefined;
  readonly lastCall: boolean;
  readonly ended: AbortSignal;
  readonly abandoned: AbortSignal;
  /** The users whose save succeeded. */
  readonly saved: Set<string> = new Set();
  /** The users who were moved to another pod, by this demand or another one. */
  readonly moved: Set<string> = new Set();
  /** The users who were named; `undefined`: all. */
  readonly uids: ReadonlySet<string> | undefined;
  readonly #elsewhere = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #unsaved = new Set<string>();

  constructor(options: HandOffDemandOptions) {
    this.to = options.to;
    this.onHandOff = options.onHandOff;
    this.ratePerSecond = options.ratePerSecond;
    this.concurrency = options.concurrency;
    this.userTimeoutMs = options.userTimeoutMs;
    this.by = options.by;
    this.lastCall = options.lastCall ?? false;
    this.ended = options.ended;
    this.abandoned = options.abandoned;
    this.uids = options.uids;
  }

  /**
   * Whether the user is to be handed over. A user whose save failed is not tried again. A user who was named and moved, and is here
   * again, stays.
   */
  wants(uid: string): boolean {
    if (this.ended.aborted || this.#failed.has(uid)) return false;
    return this.uids === undefined || this.names(uid);
  }

  /** Whether the user is one of those who were named and are not moved yet. */
  names(uid: string): boolean {
    return this.uids?.has(uid) === true && !this.moved.has(uid);
  }

  hasFailed(uid: string): boolean {
    return this.#failed.has(uid);
  }

  noteMoved(uid: string, to: number): void {
    this.moved.add(uid);
    if (this.to !== undefined && this.to !== to) this.#elsewhere.add(uid);
  }

  /** How many users were moved to the pod that the demand names, or to any if it names none. */
  get movedAsAsked(): number {
    return this.moved.size - this.#elsewhere.size;
  }

  noteFailed(uid: string): void {
    this.#failed.add(uid);
  }

  noteUnsaved(uid: string): void {
    this.#unsaved.add(uid);
  }

  /** The users whose save failed. */
  get failed(): readonly string[] {
    return [...this.#failed];
  }

  /** The users who were moved or released unsaved. */
  get unsaved(): readonly string[] {
    return [...this.#unsaved];
  }
}
