import { type Clock, isRouteError } from '@stateful-route/core';
import { inject, injectable } from 'tsyringe';
import { tokens } from '../wiring/tokens.ts';

/** How the store has answered lately. */
export interface StoreHealthReport {
  /** `unknown` until the first call ended. */
  readonly state: 'unknown' | 'ok' | 'failing';
  /** How long ago a call last succeeded, in ms; `undefined` when none did. */
  readonly lastSuccessAgeMs: number | undefined;
  /** What the last call failed with, while failing. */
  readonly error: unknown;
}

/** `INVALID_CONFIG` comes from a store that cannot be used as it is set up. */
const failures = ['STORE_ERROR', 'TIMEOUT', 'INVALID_CONFIG'] as const;

/** Keeps how the store's calls end. A refusal of what was asked for counts as an answer. */
@injectable()
export class StoreHealth {
  readonly #clock: Clock;
  #lastSuccessAt: number | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(@inject(tokens.clock) clock: Clock) {
    this.#clock = clock;
  }

  succeeded(): void {
    this.#lastSuccessAt = this.#clock.monotonic();
    this.#failure = undefined;
  }

  failed(error: unknown): void {
    if (failures.some((code) => isRouteError(error, code))) this.#failure = { error };
    else if (isRouteError(error, 'FENCED')) this.succeeded();
  }

  report(): StoreHealthReport {
    const lastSuccessAgeMs =
      this.#lastSuccessAt === undefined ? undefined : this.#clock.monotonic() - this.#lastSuccessAt;
    if (this.#failure) return { state: 'failing', lastSuccessAgeMs, error: this.#failure.error };
    return { state: lastSuccessAgeMs === undefined ? 'unknown' : 'ok', lastSuccessAgeMs, error: undefined };
  }
}
