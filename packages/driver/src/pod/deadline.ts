import type { Clock } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';
import type { PodRun } from './pod-run.ts';

/** The end of a wait: a timer or a signal. */
export class Deadline {
  readonly #controller = new AbortController();

  constructor(clock: Clock, ms: number, signal: AbortSignal | undefined) {
    const end = (): void => this.end();
    const cancelTimer = clock.setTimeout(end, Math.max(0, ms), { keepsAlive: true });
    const removeListener = signal && onAbort(signal, end);
    onAbort(this.#controller.signal, () => {
      cancelTimer();
      removeListener?.();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#controller.abort();
  }

  /** Resolves when the work is done, or at the end. */
  async unlessOver(work: Promise<void>): Promise<void> {
    if (this.signal.aborted) return;
    await Promise.race([
      work,
      new Promise<void>((resolve) => {
        onAbort(this.signal, resolve);
      }),
    ]);
  }

  /** Waits until the condition holds, checked whenever a user comes or goes, or until the end; then ends. */
  async untilTrue(run: PodRun, condition: () => boolean): Promise<void> {
    const removeListener = onAbort(run.ended, () => this.end());
    while (!condition() && !this.signal.aborted) await run.registry.nextChange(this.signal);
    removeListener();
    this.end();
  }
}
