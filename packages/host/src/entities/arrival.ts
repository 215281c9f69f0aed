import type { CloseReason } from '../host.ts';
import type { EntityEvent, EntityOperation, EntityState } from './entity-state.ts';
import type { Hold, Opened } from './hold.ts';
import type { HostParts } from './host-parts.ts';
import { Opener, type OpenRun } from './opener.ts';
import type { Saver } from './saver.ts';
import type { Turns } from './turns.ts';

/** The entity that is claimed and opened. */
export interface ArrivingEntity<State> {
  readonly uid: string;
  readonly state: EntityState;
  readonly hold: Hold<State> | undefined;
  readonly saver: Saver | undefined;
  readonly turns: Turns<State>;
  readonly isHeld: boolean;
  dispatch(event: EntityEvent): void;
  opened(op: EntityOperation, opened: Opened<State>): void;
  tidy(): void;
}

/** The steps of an entity that comes: the claim, and the open. */
export class Arrival<State> {
  readonly #parts: HostParts<State>;
  readonly #entity: ArrivingEntity<State>;
  readonly #opener: Opener<State>;
  #opening: OpenRun<State> | undefined;
  #isVerifying = false;

  constructor(parts: HostParts<State>, entity: ArrivingEntity<State>) {
    this.#parts = parts;
    this.#entity = entity;
    this.#opener = new Opener(parts, entity.uid, () => entity.tidy());
  }

  /** Whether nothing needs to be kept. */
  get isForgettable(): boolean {
    return this.#opener.isForgettable && !this.#isVerifying;
  }

  /** The error of an open that failed a short while ago. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#opener.failure;
  }

  /** The state is not wanted any more. */
  abandon(why: CloseReason): void {
    const opening = this.#opening;
    this.#opening = undefined;
    opening?.abandon(why);
  }

  /** Claims the user, and tells the entity. */
  async claim(op: EntityOperation): Promise<void> {
    const outcome = await this.#opener.claim();
    const { state } = this.#entity;
    if (state.at !== 'claiming' || state.op !== op) return;
    if (outcome.type === 'claimed') {
      this.#entity.dispatch({ type: 'claimed', op, token: outcome.token });
      return;
    }
    if (outcome.type === 'failed') this.#entity.turns.failAll(outcome.error);
    else this.#entity.turns.turnAwayAll();
    this.#entity.dispatch({ type: 'refused', op, held: this.#entity.isHeld });
  }

  /** Opens the state, and tells the entity. */
  async open(op: EntityOperation, token: number): Promise<void> {
    // What is changed before the state is known is loaded, not unsaved.
    let opened: Opened<State> | undefined;
    const run = this.#opener.open(token, () => {
      if (opened && this.#entity.hold?.opened === opened) this.#entity.saver?.changed();
    });
    this.#opening = run;
    const outcome = await run.outcome;
    if (this.#opening !== run) return;
    this.#opening = undefined;
    if (outcome.type === 'opened') {
      ({ opened } = outcome);
      this.#entity.opened(op, opened);
    } else if (outcome.type === 'stale') {
      this.#entity.dispatch({ type: 'stale', op });
    } else if (outcome.type === 'failed') {
      this.#entity.turns.failAll(outcome.error);
      this.#entity.dispatch({ type: 'openFailed', op });
    }
  }

  /** The driver does not hold the user, and has not said why: it moves the user, or somebody released the user. */
  async verify(): Promise<void> {
    if (this.#isVerifying) return;
    this.#isVerifying = true;
    const hold = this.#entity.hold;
    const { server, nextOperation } = this.#parts;
    const result = await server.claim(this.#entity.uid).catch((error: unknown) => ({ error }));
    this.#isVerifying = false;
    if (this.#entity.state.at !== 'open' || this.#entity.hold !== hold) return;
    if ('error' in result) {
      this.#entity.turns.failAll(result.error);
    } else if (!result.claimed && result.why === 'moving') {
      this.#entity.dispatch({ type: 'handOff', op: nextOperation() });
    } else if (!result.claimed || result.token !== hold?.opened.token) {
      this.#entity.dispatch({ type: 'lost', op: nextOperation() });
    } else {
      this.#entity.tidy();
    }
  }
}
