import type { UserClaim } from '@stateful-route/core';
import {
  type ClaimEvent,
  type ClaimLife,
  type ClaimOperation,
  claimToken,
  isCounted,
  isForgettable,
  isHeld,
  onAbort,
  stepClaim,
  UNKNOWN_USER,
} from '@stateful-route/core/adapter';

/** What a registry tells of. */
export interface ClaimRegistryListener {
  /** Users that the pod held are somebody else's, or nobody's. */
  lost(claims: readonly UserClaim[]): void;
  /** A claim that nobody holds here is to be removed. */
  undo(claim: UserClaim): void;
  /** Nothing holds the user here any more: it is to be released. */
  letGo(uid: string): void;
  /** A user came or went. */
  changed(): void;
  /** The error that the scopes' signals fire with. */
  readonly signalReason: (uid: string) => unknown;
}

interface Entry {
  life: ClaimLife;
  /** The number of the last event: a reading that was asked for before it says nothing. */
  version: number;
  /** The last operation that has, or waits for, its turn. */
  turn: Promise<unknown> | undefined;
  /** How many operations that let the user go have not begun yet. */
  leaving: number;
  /** Fires when the present hold ends; made for the first scope in it. */
  signal: AbortController | undefined;
  /** The scopes that run, of whatever hold. */
  scopes: Set<Promise<unknown>> | undefined;
}

/**
 * The users of a pod: runs each one's state machine, lets operations on one uid take turns, and fires the scopes' signals.
 * It does no I/O.
 */
export class ClaimRegistry {
  readonly #listener: ClaimRegistryListener;
  readonly #entries = new Map<string, Entry>();
  #op = 0;
  #events = 0;
  /** Losses of one event for all users are told together. */
  #losses: UserClaim[] | undefined;
  readonly #waiting = new Set<() => void>();
  #users = 0;
  #present = 0;

  constructor(listener: ClaimRegistryListener) {
    this.#listener = listener;
  }

  /** How many users the pod publishes that it has. */
  get users(): number {
    return this.#users;
  }

  /** How many users are here in any way, those on their way out too. */
  get present(): number {
    return this.#present;
  }

  nextOperation(): ClaimOperation {
    this.#op += 1;
    return this.#op;
  }

  life(uid: string): ClaimLife {
    return this.#entries.get(uid)?.life ?? UNKNOWN_USER;
  }

  version(uid: string): number {
    return this.#entries.get(uid)?.version ?? 0;
  }

  /** Whether an operation on the user has its turn. */
  isBusy(uid: string): boolean {
    return this.#entries.get(uid)?.turn !== undefined;
  }

  holds(uid: string): boolean {
    const entry = this.#entries.get(uid);
    return entry !== undefined && isHeld(entry.life);
  }

  /** The token of a held user; `undefined`: not held. */
  heldToken(uid: string): number | undefined {
    const entry = this.#entries.get(uid);
    return entry && isHeld(entry.life) ? claimToken(entry.life) : undefined;
  }

  /** As `heldToken`, of a user who is to stay: a claim that follows a release is not answered by what that release ends. */
  stayingToken(uid: string): number | undefined {
    return this.#entries.get(uid)?.leaving === 0 ? this.heldToken(uid) : undefined;
  }

  /** The users in one of these states, and their tokens. */
  claimsIn(...states: readonly ClaimLife['state']['at'][]): UserClaim[] {
    const claims: UserClaim[] = [];
    for (const [uid, { life }] of this.#entries) {
      if (states.includes(life.state.at)) claims.push({ uid, token: claimToken(life) ?? 0 });
    }
    return claims;
  }

  uids(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Lets the user's machine take an event, and does what that asks for. Returns the life after it. */
  apply(uid: string, event: ClaimEvent): ClaimLife {
    const entry = this.#entry(uid);
    const before = entry.life;
    const { life, effects } = stepClaim(before, event);
    entry.life = life;
    entry.version = this.#events += 1;
    this.#count(before, life);
    if (life.hold !== before.hold) {
      const ended = entry.signal;
      entry.signal = undefined;
      ended?.abort(this.#listener.signalReason(uid));
    }
    for (const effect of effects) {
      if (effect.type === 'lost') this.#lose({ uid, token: effect.token });
      else if (effect.type === 'undo') this.#listener.undo({ uid, token: effect.token });
      else if (effect.type === 'letGo') this.#listener.letGo(uid);
    }
    this.#forget(uid, entry);
    if (life.state.at !== before.state.at) this.#changed();
    return life;
  }

  /** Resolves when a user comes or goes the next time, or when the signal fires. */
  nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let unhear = (): void => {};
      const done = (): void => {
        this.#waiting.delete(done);
        unhear();
        resolve();
      };
      this.#waiting.add(done);
      unhear = onAbort(signal, done);
    });
  }

  /** Applies an event to every user. */
  applyToAll(event: ClaimEvent): void {
    const losses: UserClaim[] = [];
    this.#losses = losses;
    for (const uid of Array.from(this.#entries.keys())) this.apply(uid, event);
    this.#losses = undefined;
    if (losses.length > 0) this.#listener.lost(losses);
  }

  /** Runs an operation on a user once those before it have ended. It must not reject for a reason that it leaves open. */
  takeTurn<T>(uid: string, run: () => Promise<T>): Promise<T> {
    const entry = this.#entry(uid);
    const turn = entry.turn ? entry.turn.then(run) : run();
    const ended = turn.then(noop, noop).then(() => {
      if (entry.turn !== ended) return;
      entry.turn = undefined;
      this.#forget(uid, entry);
    });
    entry.turn = ended;
    return turn;
  }

  /** Takes a turn for an operation that lets the user go. */
  takeLeavingTurn<T>(uid: string, run: () => Promise<T>): Promise<T> {
    const entry = this.#entry(uid);
    entry.leaving += 1;
    return this.takeTurn(uid, () => {
      entry.leaving -= 1;
      return run();
    });
  }

  /** Resolves when the operations that have or await their turn have ended; `undefined` when there is none. */
  turnEnded(uid: string): Promise<unknown> | undefined {
    return this.#entries.get(uid)?.turn;
  }

  /** Runs a scope in the user's present hold. Its signal fires when that hold ends. */
  async runScope<T>(uid: string, fn: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const entry = this.#entry(uid);
    const { hold } = this.apply(uid, { type: 'scopeRuns' });
    entry.signal ??= new AbortController();
    const running = Promise.resolve(entry.signal.signal).then(fn);
    const scopes = (entry.scopes ??= new Set());
    const ended = running.then(noop, noop);
    scopes.add(ended);
    try {
      return await running;
    } finally {
      scopes.delete(ended);
      if (scopes.size === 0 && entry.scopes === scopes) entry.scopes = undefined;
      // Of a user who was forgotten meanwhile the scope holds nothing any more.
      if (this.#entries.get(uid) === entry) this.apply(uid, { type: 'scopeEnds', hold });
    }
  }

  /** Resolves when the scopes that run now have ended; `undefined` when none does. */
  scopesEnded(uid: string): Promise<unknown> | undefined {
    const scopes = this.#entries.get(uid)?.scopes;
    return scopes && Promise.all(scopes);
  }

  /** Nobody waits any more for the scopes that run now: their signals have fired long ago. */
  forgetScopes(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) entry.scopes = undefined;
  }

  #changed(): void {
    this.#listener.changed();
    for (const done of this.#waiting) done();
  }

  #lose(claim: UserClaim): void {
    if (this.#losses) this.#losses.push(claim);
    else this.#listener.lost([claim]);
  }

  #entry(uid: string): Entry {
    const known = this.#entries.get(uid);
    if (known) return known;
    const entry = {
      life: UNKNOWN_USER,
      version: 0,
      turn: undefined,
      leaving: 0,
      signal: undefined,
      scopes: undefined,
    };
    this.#entries.set(uid, entry);
    return entry;
  }

  #forget(uid: string, entry: Entry): void {
    const idle = isForgettable(entry.life) && entry.turn === undefined && entry.scopes === undefined;
    if (idle && this.#entries.get(uid) === entry) this.#entries.delete(uid);
  }

  #count(before: ClaimLife, after: ClaimLife): void {
    this.#users += Number(isCounted(after)) - Number(isCounted(before));
    this.#present += Number(after.state.at !== 'none') - Number(before.state.at !== 'none');
  }
}

function noop(): void {}
