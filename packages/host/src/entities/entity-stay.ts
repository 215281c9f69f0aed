import type { NOT_MINE } from '@stateful-route/core';
import { checkFunction } from '@stateful-route/core/adapter';
import type { Stay, UseState } from '../host.ts';
import type { Entity } from './entity.ts';
import type { Hold, HoldEnd } from './hold.ts';

/** One stay in an entity's hold. */
export class EntityStay<State> implements Stay<State> {
  readonly #entity: Entity<State>;
  readonly #hold: Hold<State>;
  readonly #checkOutside: () => void;
  #hasLeft = false;

  /** @param checkOutside - throws if the caller is inside a use of the user. */
  constructor(entity: Entity<State>, hold: Hold<State>, checkOutside: () => void) {
    this.#entity = entity;
    this.#hold = hold;
    this.#checkOutside = checkOutside;
  }

  get uid(): string {
    return this.#hold.uid;
  }

  get state(): State {
    return this.#hold.opened.state;
  }

  get token(): number {
    return this.#hold.opened.token;
  }

  get signal(): AbortSignal {
    return this.#hold.signal;
  }

  get closed(): Promise<HoldEnd> {
    return this.#hold.ended;
  }

  async use<Result>(use: UseState<State, Result>): Promise<Result | typeof NOT_MINE> {
    checkFunction(use, 'use');
    this.#checkOutside();
    return this.#entity.use(use, undefined, this.#hold);
  }

  changed(): void {
    this.#entity.changed(this.#hold);
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#entity.leave(this.#hold);
  }
}
