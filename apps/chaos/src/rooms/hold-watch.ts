import { decorateExecutors, type Executors, isRouteError, type PortCall } from '@stateful-route/core';
import type { PodRoute } from '../lab/lab.ts';

const NOTES_MAX = 20;

/** Looks, after everything that may change it, whether two running pods hold one user at the same moment. */
export class HoldWatch {
  /** What was found, a line for each user and pair of pods, with what had happened to the user before. */
  readonly found = new Map<string, readonly string[]>();
  readonly #notes: ReadonlyMap<string, string[]>;
  readonly #pods = new Map<PodRoute, string>();
  #isDue = false;

  constructor(uids: readonly string[]) {
    this.#notes = new Map(uids.map((uid) => [uid, []]));
  }

  /** Watches a pod until it is removed, which is when it has stopped. */
  add(pod: PodRoute, name: string): void {
    this.#pods.set(pod, name);
  }

  remove(pod: PodRoute): void {
    this.#pods.delete(pod);
  }

  /** Executors after whose replies it looks, once the driver has applied them. */
  around(executors: Executors, name: string): Executors {
    return decorateExecutors(executors, async (call) => {
      const start = performance.now();
      const note = (outcome: string): void => {
        this.note(String(call.args[1]), `${name}: ${told(call)}, asked at ${start.toFixed(1)}: ${outcome}`);
        this.lookSoon();
      };
      try {
        const reply = await call.run(call.options);
        note(JSON.stringify(reply) ?? 'done');
        return reply;
      } catch (error) {
        note(isRouteError(error) ? error.code : String(error));
        throw error;
      }
    });
  }

  /** Notes what happened to a user; the last of it is told where two pods hold the user. */
  note(uid: string, line: string): void {
    const lines = this.#notes.get(uid);
    if (!lines) return;
    lines.push(`${performance.now().toFixed(1)} ${line}`);
    if (lines.length > NOTES_MAX) lines.shift();
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
    for (const [uid, notes] of this.#notes) {
      const holders = [...this.#pods].filter(([pod]) => pod.server.holds(uid)).map(([, name]) => name);
      if (holders.length < 2) continue;
      const line = `${holders.join(' and ')} hold ${uid}`;
      if (!this.found.has(line)) this.found.set(line, [...notes]);
    }
  }
}

function told({ method, args, options }: PortCall): string {
  const { signal: _, ...given } = { signal: undefined, ...options };
  return `${method} ${args.slice(3).join(' ')} ${JSON.stringify(given)}`;
}
