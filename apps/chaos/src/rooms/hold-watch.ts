import { decorateExecutors, type Executors } from '@stateful-route/core';
import type { PodRoute } from '../lab/lab.ts';

/** Looks, after everything that may change it, whether two running pods hold one user at the same moment. */
export class HoldWatch {
  /** What was found, a line for each user and pair of pods. */
  readonly found = new Set<string>();
  readonly #uids: readonly string[];
  readonly #pods = new Map<PodRoute, string>();
  #isDue = false;

  constructor(uids: readonly string[]) {
    this.#uids = uids;
  }

  /** Watches a pod until it is removed, which is when it has stopped. */
  add(pod: PodRoute, name: string): void {
    this.#pods.set(pod, name);
  }

  remove(pod: PodRoute): void {
    this.#pods.delete(pod);
  }

  /** Executors after whose replies it looks, once the driver has applied them. */
  around(executors: Executors): Executors {
    return decorateExecutors(executors, async (call) => {
      try {
        return await call.run(call.options);
      } finally {
        this.lookSoon();
      }
    });
  }

  lookSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.look();
    });
  }

  look(): void {
    for (const uid of this.#uids) {
      const holders = [...this.#pods].filter(([pod]) => pod.server.holds(uid)).map(([, name]) => name);
      if (holders.length > 1) this.found.add(`${holders.join(' and ')} hold ${uid}`);
    }
  }
}
