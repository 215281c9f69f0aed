import { type Executors, isRouteError } from '@stateful-route/core';
import { decorateExecutors, type PortCall } from '@stateful-route/core/adapter';
import type { PodRoute } from '../lab/lab.ts';
import { stackOf } from '@stateful-route/lab/command-line';

const NOTES_MAX = 20;

/** Checks after every reply whether two running pods hold a user at the same time. */
export class HoldWatch {
  /** A line for each user and pair of pods, with the calls before it. */
  readonly found = new Map<string, readonly string[]>();
  readonly #uids: readonly string[];
  readonly #pods = new Map<PodRoute, string>();
  /** The last calls about each user, and the last heartbeats and readings of each pod and caller. */
  readonly #notes = new Map<string, string[]>();
  #isDue = false;

  constructor(uids: readonly string[]) {
    this.#uids = uids;
  }

  /** Watches a pod until `remove`, after it has stopped. */
  add(pod: PodRoute, name: string): void {
    this.#pods.set(pod, name);
  }

  remove(pod: PodRoute): void {
    this.#pods.delete(pod);
  }

  /** Executors of a pod or a caller. It checks after the driver has applied each reply. */
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
        note(isRouteError(error) ? error.code : stackOf(error));
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
