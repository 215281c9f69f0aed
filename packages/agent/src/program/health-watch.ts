import type { Clock, Logger } from '@stateful-route/core';

/** An application that fails so often in a row is not ready. */
const FAILURES_MAX = 3;

/** What a watch depends on. */
export interface HealthWatchParts {
  readonly url: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetch: typeof fetch;
  /** The application has become ready, or is ready no more. */
  readonly onChange: (ready: boolean) => void;
}

/** Asks an application for its health, again and again. At first it is not ready. */
export class HealthWatch {
  readonly #parts: HealthWatchParts;
  readonly #ended = new AbortController();
  #failures = FAILURES_MAX;
  #problem = 'it has not been asked yet';

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
    void this.#ask();
  }

  /** Why the application is not ready; `undefined` if it is. */
  get problem(): string | undefined {
    return this.#failures < FAILURES_MAX ? undefined : `the application is not healthy: ${this.#problem}`;
  }

  end(): void {
    this.#ended.abort();
  }

  async #ask(): Promise<void> {
    const { url, everyMs, clock, logger, onChange } = this.#parts;
    const wasReady = this.problem === undefined;
    const problem = await this.#failure(url);
    if (this.#ended.signal.aborted) return;
    this.#failures = problem === undefined ? 0 : this.#failures + 1;
    this.#problem = problem ?? '';
    const isReady = this.problem === undefined;
    if (isReady !== wasReady) {
      if (isReady) logger.info({ url }, 'the application is healthy');
      else logger.warn({ url, problem }, 'the application is not healthy');
      onChange(isReady);
    }
    clock.setTimeout(() => {
      if (!this.#ended.signal.aborted) void this.#ask();
    }, everyMs);
  }

  /** Why the application did not answer 2xx in time. */
  async #failure(url: string): Promise<string | undefined> {
    const { everyMs, clock, fetch } = this.#parts;
    const late = new AbortController();
    const cancelTimer = clock.setTimeout(
      () => late.abort(new Error(`no answer within ${everyMs} ms`)),
      everyMs,
    );
    try {
      const signal = AbortSignal.any([late.signal, this.#ended.signal]);
      const response = await fetch(url, { signal, redirect: 'manual' });
      await response.body?.cancel();
      return response.ok ? undefined : `it answers ${response.status}`;
    } catch (error) {
      const { message, cause } = error as Error;
      return cause instanceof Error ? cause.message : message;
    } finally {
      cancelTimer();
    }
  }
}
