import type { ServingJournal } from '../report/serving-journal.ts';
import type { Transcript } from '../report/transcript.ts';
import type { Fleet } from './fleet.ts';

/** Something that happens to a pod after a part of the traffic. */
interface Incident {
  readonly after: number;
  happen(): Promise<void>;
}

/** Which pod is drained, and which is killed. */
export interface IncidentPlan {
  readonly drain?: number | undefined;
  readonly kill?: number | undefined;
  /** How many pods are added. */
  readonly scaleOut?: number | undefined;
}

const DRAIN_AFTER = 1 / 3;
const KILL_AFTER = 2 / 3;
const SCALE_OUT_AFTER = 1 / 3;

/** The drain and the death of a pod, and further pods, each once in the course of the traffic. */
export class Incidents {
  readonly #due: Incident[] = [];
  /** Resolves when the added pods have started. Requests go on meanwhile. */
  #adding: Promise<void> = Promise.resolve();

  constructor(
    { drain, kill, scaleOut }: IncidentPlan,
    fleet: Fleet,
    journal: ServingJournal,
    transcript: Transcript,
  ) {
    if (scaleOut !== undefined) {
      this.#due.push({
        after: SCALE_OUT_AFTER,
        happen: () => {
          transcript.evensOut(`${scaleOut} pods are added`);
          this.#adding = fleet.addPods(scaleOut);
          // Whoever waits for it gets the failure.
          this.#adding.catch(() => {});
          return Promise.resolve();
        },
      });
    }
    if (drain !== undefined) {
      this.#due.push({
        after: DRAIN_AFTER,
        happen: () => {
          const line = `pod ${drain} is drained; it holds ${journal.heldBy(drain)} users`;
          transcript.leaves(drain, line, `pod ${drain} was drained`);
          return fleet.drain(drain);
        },
      });
    }
    if (kill !== undefined) {
      this.#due.push({
        after: KILL_AFTER,
        happen: () => {
          const line = `pod ${kill} dies; it held ${journal.heldBy(kill)} users, and its lease runs ${fleet.leaseMs / 1_000} s`;
          transcript.leaves(kill, line, `pod ${kill} died`);
          return fleet.kill(kill);
        },
      });
    }
  }

  /** Resolves when the pods that were added have started. */
  get added(): Promise<void> {
    return this.#adding;
  }

  /** Carries out the incidents that are due. */
  async upTo(progress: number): Promise<void> {
    for (let next = this.#due[0]; next && next.after <= progress; next = this.#due[0]) {
      this.#due.shift();
      await next.happen();
    }
  }
}
