import {
  checkFunction,
  checkLoad,
  type Clock,
  type DrainOptions,
  type DrainReport,
  invalidParameter,
} from '@stateful-route/core';
import type { RouteConfig } from '../config/route-config.ts';
import type { ClaimRegistry } from './claim-registry.ts';
import type { HandOff } from './hand-off.ts';

/** What a drain stands on. */
export interface PodDrainParts {
  readonly clock: Clock;
  readonly config: RouteConfig;
  readonly handOff: HandOff;
  readonly claims: ClaimRegistry;
  /** What holds where a drain is not told otherwise. */
  readonly defaults: DrainOptions;
}

/** Empties a pod: hands its users over if told how, waits for the rest, and ends in time. */
export class PodDrain {
  readonly #parts: PodDrainParts;

  constructor(parts: PodDrainParts) {
    this.#parts = parts;
  }

  /** @param refuse - makes the pod refuse new users, before anyone is moved. */
  async run(options: DrainOptions, refuse: () => Promise<void>): Promise<DrainReport> {
    const { clock, config, handOff, claims, defaults } = this.#parts;
    const {
      deadlineMs = config.drainTimeoutMs,
      signal,
      onHandOff,
      ratePerSecond = Number.POSITIVE_INFINITY,
    } = {
      ...defaults,
      ...options,
    };
    checkLoad(deadlineMs, 'deadlineMs');
    if (typeof ratePerSecond !== 'number' || !(ratePerSecond > 0)) {
      throw invalidParameter('ratePerSecond', 'must be a number above 0');
    }
    if (onHandOff !== undefined) checkFunction(onHandOff, 'onHandOff');

    await refuse();
    const over = new AbortController();
    const end = (): void => {
      over.abort();
    };
    const cancel = clock.setTimeout(end, deadlineMs, { keepsAlive: true });
    const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    // Not waited for: an application that does not come back from saving a user must not hold up the end.
    if (onHandOff) void handOff.run({ onHandOff, ratePerSecond, signal: either });
    await claims.whenEmpty(either);
    over.abort();
    cancel();
    return { left: claims.size };
  }
}
