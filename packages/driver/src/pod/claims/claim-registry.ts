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
import type { LossReason } from '../../telemetry/pod-telemetry.ts';

/** The events of a registry. */
export interface ClaimRegistryListener {
  /** Users whom the pod held are another pod's, or nobody's. */
  readonly lost: (claims: readonly UserClaim[], reason: LossReason) => void;
  /** A claim that nobody holds here must be removed. */
  readonly undo: (claim: UserClaim) => void;
  /** Neither a scope nor `claim()` holds the user any more: release the user. */
  readonly letGo: (uid: string) => void;
  /** A user came, went, or is here in another state; `isFewer`: went. */
  readonly changed: (isFewer: boolean) => void;
  /** The reason of the scopes' signals. */
  readonly signalReason: (uid: string) => unknown;
}

interface Entry {
  life: ClaimLife;
  /** The number of the last event: a read begun before it is stale. */
  version: number;
  /** The last operation that runs or waits for its turn. */
  turn: Promise<unknown> | undefined;
  /** How many operations that end the claim have not begun yet. */
  leaving: number;
  /** Fires when the present hold ends; made for the first scope of the hold. */
  signal: AbortController | undefined;
  /** The running scopes, of any hold. */
  scopes: Set<Promise<unknown>> | undefined;
  /** What the user weighs, while the user is here in any state. */
  weight: number;
}

/** What a user weighs of whom nothing else was said. */
const DEFAULT_WEIGHT = 1;

/** The users of a pod. Runs each user's state machine, queues the operations on a uid, and fires the scopes' signals. No I/O. */
export class ClaimRegistry {
  readonly #listener: ClaimRegistryListener;
  readonly #entries = new Map<string, Entry>();
  #op = 0;
  #events = 0;
  /** Collects the losses of an event for all users, to report them together. */
  #losses: UserClaim[] | undefined;
  readonly #waiting = new Set<() => void>();
  #users = 0;
  #present = 0;

  constructor(listener: ClaimRegistryListener) {
    this.#listener = listener;
  }

  /** The number of users that the pod publishes. */
  get users(): number {
    return this.#users;
  }

  /** How many users are here in any state. */
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

  /** Whether an operation on the user is running. */
  isBusy(uid: string): boolean {
    return this.#entries.get(uid)?.turn !== undefined;
  }

  holds(uid: string): boolean {
    const entry = this.#entries.get(uid);
    return entry !== undefined && isHeld(entry.life);
  }

  /** The token of a held user; `undefined` if the user is not held. */
  heldToken(uid: string): number | undefined {
    const entry = this.#entries.get(uid);
    return entry && isHeld(entry.life) ? claimToken(entry.life) : undefined;
  }

  /** As `heldToken`, but `undefined` while a release waits: a claim after the release must not return the token it ends. */
  stayingToken(uid: string): number | undefined {
    return this.#entries.get(uid)?.leaving === 0 ? this.heldToken(uid) : undefined;
  }

  /** What a user weighs. */
  weight(uid: string): number {
    return this.#entries.get(uid)?.weight ?? DEFAULT_WEIGHT;
  }

  /** Says what a user weighs, as long as the user is here. Returns whether the user is. */
  setWeight(uid: string, weight: number): boolean {
    const entry = this.#entries.get(uid);
    if (!entry || entry.life.state.at === 'none') return false;
    entry.weight = weight;
    return true;
  }

  /** The users in these states, with their tokens. */
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

  /** Applies an event to the user's state machine and performs the effects. Returns the new state. */
  apply(uid: string, event: ClaimEvent): ClaimLife {
    const entry = this.#entry(uid);
    const before = entry.life;
    const { life, effects } = stepClaim(before, event);
    entry.life = life;
    entry.version = this.#events += 1;
    this.#count(before, life);
    if (life.state.at === 'none') entry.weight = DEFAULT_WEIGHT;
    if (life.hold !== before.hold) {
      const ended = entry.signal;
      entry.signal = undefined;
      ended?.abort(this.#listener.signalReason(uid));
    }
    for (const effect of effects) {
      if (effect.type === 'lost') this.#lose({ uid, token: effect.token }, before);
      else if (effect.type === 'undo') this.#listener.undo({ uid, token: effect.token });
      else if (effect.type === 'letGo') this.#listener.letGo(uid);
    }
    this.#forget(uid, entry);
    if (life.state.at !== before.state.at) this.#changed(life.state.at === 'none');
    return life;
  }

  /** Resolves when the next user comes or goes, or when the signal fires. */
  nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let removeListener = (): void => {};
      const done = (): void => {
        this.#waiting.delete(done);
        removeListener();
        resolve();
      };
      this.#waiting.add(done);
      removeListener = onAbort(signal, done);
    });
  }

  /** Applies an event to every user. */
  applyToAll(event: ClaimEvent): void {
    const losses: UserClaim[] = [];
    this.#losses = losses;
    for (const uid of Array.from(this.#entries.keys())) this.apply(uid, event);
    this.#losses = undefined;
    if (losses.length > 0) this.#listener.lost(losses, 'displaced');
  }

  /** Runs an operation on a user after the earlier ones. Before it rejects, it must leave the user in a settled state. */
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

  /** As {@link takeTurn}, for an operation that ends the claim. */
  takeLeavingTurn<T>(uid: string, run: () => Promise<T>): Promise<T> {
    const entry = this.#entry(uid);
    entry.leaving += 1;
    return this.takeTurn(uid, () => {
      entry.leaving -= 1;
      return run();
    });
  }

  /** Resolves when the present operations have ended; `undefined` if there are none. */
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
      // If the user was forgotten meanwhile, the scope holds nothing.
      if (this.#entries.get(uid) === entry) this.apply(uid, { type: 'scopeEnds', hold });
    }
  }

  /** Resolves when the running scopes have ended; `undefined` if there are none. */
  scopesEnded(uid: string): Promise<unknown> | undefined {
    const scopes = this.#entries.get(uid)?.scopes;
    return scopes && Promise.all(scopes);
  }

  /** Stops waiting for the running scopes, whose signals fired long ago. */
  forgetScopes(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) entry.scopes = undefined;
  }

  #changed(isFewer: boolean): void {
    this.#listener.changed(isFewer);
    for (const done of this.#waiting) done();
  }

  #lose(claim: UserClaim, { state }: ClaimLife): void {
    if (this.#losses) {
      this.#losses.push(claim);
      return;
    }
    const wasFenced = state.at === 'suspended' || state.at === 'reclaiming';
    this.#listener.lost([claim], wasFenced ? 'not-regained' : 'taken');
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
      weight: DEFAULT_WEIGHT,
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
