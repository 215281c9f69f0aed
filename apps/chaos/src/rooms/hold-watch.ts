import { type Executors, isRouteError } from '@stateful-route/core';
import { decorateExecutors, type PortCall } from '@stateful-route/core/adapter';
import type { PodRoute } from '../lab/lab.ts';
import { told } from '../lab/measures.ts';

const NOTES_MAX = 20;

/** Looks, after everything that may change it, whether two running pods hold one user at the same moment. */
export class HoldWatch {
  /** What was found, a line for each user and pair of pods, with what had happened before. */
  readonly found = new Map<string, readonly string[]>();
  readonly #uids: readonly string[];
  readonly #pods = new Map<PodRoute, string>();
  /** The last of what happened to each user, and of the beats and readings of each pod and caller. */
  readonly #notes = new Map<string, string[]>();
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

  /** Executors of a pod or a caller, after whose replies it looks, once the driver has applied them. */
  around(executors: Executors, name: string): Executors {
    return decorateExecutors(executors, async (call) => {
      const start = performance.now();
      const note = (outcome: string): void => {
        this.#note(call, name, `asked at ${start.toFixed(1)}: ${outcome}`);
        this.lookSoon();
      };
      try {
        const reply = await call.run(call.options);
        note(spelled(reply));
        return reply;
      } catch (error) {
        note(isRouteError(error) ? error.code : told(error));
        throw error;
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
      if (holders.length < 2) continue;
      const line = `${holders.join(' and ')} hold ${uid}`;
      if (this.found.has(line)) continue;
      const others = [...this.#notes].filter(([about]) => about !== uid && !this.#uids.includes(about));
      this.found.set(line, [...(this.#notes.get(uid) ?? []), ...others.flatMap(([, lines]) => lines)]);
    }
  }

  #note(call: PortCall, name: string, outcome: string): void {
    const { method, args, options } = call;
    const isOfPods = method === 'setServiceState' || method === 'getServiceState';
    const { signal: _, ...given } = { signal: undefined, ...options };
    const line = `${performance.now().toFixed(1)} ${name}: ${method} ${args.slice(3).map(spelled).join(' ')} ${spelled(given)}, ${outcome}`;
    for (const about of isOfPods ? [name] : [args[1]].flat().map(String)) {
      const lines = this.#notes.get(about) ?? [];
      this.#notes.set(about, lines);
      lines.push(line);
      if (lines.length > NOTES_MAX) lines.shift();
    }
  }
}

function spelled(value: unknown): string {
  const plain = (_: string, each: unknown): unknown => (each instanceof Map ? [...each] : each);
  return JSON.stringify(value, plain) ?? 'nothing';
}
