import {
  compareIncarnations,
  formatIncarnation,
  type HeartbeatAck,
  isAlive,
  isSameRun,
  parseIncarnation,
  POD_INTENTS,
  type PodReport,
  type RemoveServiceStateOptions,
  type ServiceStateRead,
  sinceReset,
  type StatefulServiceState,
} from '@stateful-route/core';
import { ModelDirectories } from './model-directories.ts';
import type { ModelClock } from './model-clock.ts';
import type { Fenced } from './model-links.ts';

interface Beat {
  readonly service: string;
  readonly podId: number;
  readonly report: PodReport;
  readonly incarnation: string;
  readonly at: number;
}

/** Pods and intents as the ports' contracts describe them. */
export class ModelPods {
  readonly #clock: ModelClock;
  readonly #epoch: number;
  readonly #directories: ModelDirectories;
  #beats: Beat[] = [];
  readonly #intents = new Map<string, string>();

  constructor(clock: ModelClock, epoch: number) {
    this.#clock = clock;
    this.#epoch = epoch;
    this.#directories = new ModelDirectories(clock);
  }

  /** The reply to a heartbeat. */
  beat(
    service: string,
    podId: number,
    report: PodReport,
    told?: Partial<HeartbeatAck>,
  ): HeartbeatAck | Fenced {
    const at = this.#clock.time(told?.storeTime);
    const before = this.#find(service, podId);
    const incarnation = before ? taken(report, before, at) : report.incarnation;
    if (incarnation === undefined) return { met: before!.incarnation };
    if (!before || !isSameLife(report.incarnation, before.incarnation) || report.seq > before.report.seq) {
      this.#mark(service, podId, report, at);
      this.#forget(service, podId);
      this.#beats.push({ service, podId, report, incarnation, at });
    }
    const { since, restored } = this.#directories.read(service, told);
    const word = this.#intents.get(`${service}/${podId}`);
    const intent = POD_INTENTS.find((each) => each === word);
    return {
      storeTime: at,
      epoch: this.#epoch,
      since,
      restored,
      incarnation,
      intent,
      unknownIntent: intent ? undefined : word,
      previous: before && { incarnation: before.incarnation, updateTime: before.at },
    };
  }

  read(service: string, told?: ServiceStateRead): ServiceStateRead {
    return this.#readAt(service, this.#clock.time(told?.storeTime), told);
  }

  /** The time of the pod's heartbeat, or of none. */
  timeOf(service: string, podId: number): number {
    return this.#find(service, podId)?.at ?? 1_000;
  }

  remove(service: string, podId: number, { incarnation, updateTime }: RemoveServiceStateOptions): boolean {
    const before = this.#find(service, podId);
    const isOperators = incarnation === undefined && updateTime === undefined;
    if (isOperators) this.#intents.delete(`${service}/${podId}`);
    if (!before) return false;
    if (incarnation !== undefined && incarnation !== before.incarnation) return false;
    if (updateTime !== undefined && updateTime !== before.at) return false;
    if (isOperators && isAlive(stateOf(before), this.#clock.now - before.at)) {
      this.#directories.begin(service, { quiet: false });
    }
    this.#forget(service, podId);
    return true;
  }

  intend(service: string, podId: number, word: string): void {
    this.#intents.set(`${service}/${podId}`, word);
  }

  #mark(service: string, podId: number, { beatenBefore, leaseMs }: PodReport, at: number): void {
    const read = this.#readAt(service, at);
    const isYoung = at - (read.since ?? at) <= leaseMs;
    if (beatenBefore && !read.pods.has(podId) && isYoung) this.#directories.restore(service, at);
    const { resets, quiet } = sinceReset(read, podId);
    if (resets) this.#directories.begin(service, { at, quiet });
  }

  #readAt(service: string, at: number, told?: ServiceStateRead): ServiceStateRead {
    const own = this.#beats.filter((beat) => beat.service === service).toSorted((a, b) => a.podId - b.podId);
    const pods = new Map(own.map((beat) => [beat.podId, stateOf(beat)]));
    const { since, restored, quiet } = this.#directories.read(service, told);
    return { storeTime: at, epoch: this.#epoch, since, restored, quiet, pods };
  }

  #find(service: string, podId: number): Beat | undefined {
    return this.#beats.find((beat) => beat.service === service && beat.podId === podId);
  }

  #forget(service: string, podId: number): void {
    this.#beats = this.#beats.filter((beat) => beat.service !== service || beat.podId !== podId);
  }
}

function stateOf({ podId, report, incarnation, at }: Beat): StatefulServiceState {
  const { seq: _seq, beatenBefore: _before, metadata = {}, ...fields } = report;
  return { podId, ...fields, metadata, incarnation, updateTime: at };
}

function isSameLife(one: string, other: string): boolean {
  return isSameRun(one, other) && compareIncarnations(one, other) === 0;
}

/** Under which incarnation a heartbeat stands that meets an entry; `undefined` where it is fenced. */
function taken({ incarnation, seq, beatenBefore }: PodReport, met: Beat, at: number): string | undefined {
  const own = parseIncarnation(incarnation);
  const { start } = parseIncarnation(met.incarnation);
  const order = compareIncarnations(incarnation, met.incarnation);
  const withStart = (least: number): string =>
    own.start >= least ? incarnation : formatIncarnation({ ...own, start: least });
  if (isSameRun(incarnation, met.incarnation)) {
    if (order < 0) return undefined;
    return order === 0 && seq <= met.report.seq ? met.incarnation : withStart(start);
  }
  if (!beatenBefore && !isAlive(stateOf(met), at - met.at)) return withStart(start + 1);
  return order > 0 ? incarnation : undefined;
}
