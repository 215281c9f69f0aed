import { isAlive, type ServiceStateRead, type StatefulServiceState } from '@stateful-route/core';
import {
  compareIncarnations,
  formatIncarnation,
  givesWay,
  hasEnded,
  type HeartbeatAck,
  isSameRun,
  type MarkServiceStateOptions,
  parseIncarnation,
  POD_INTENTS,
  type PodIntent,
  type StoredIntent,
  podFromWord,
  type PodReport,
  podWord,
  type RemoveServiceStateOptions,
  type SetPodIntentOptions,
  sinceReset,
  type StateWord,
} from '@stateful-route/core/adapter';
import { podIds } from './arbitraries.ts';
import { ModelDirectories } from './model-directories.ts';
import type { ModelJournal } from './model-journal.ts';
import type { ModelOrders } from './model-orders.ts';
import type { ModelClock } from './model-clock.ts';
import type { Fenced } from './model-links.ts';

interface Beat {
  readonly service: string;
  readonly podId: number;
  readonly report: PodReport;
  readonly incarnation: string;
  readonly at: number;
  /** The word that was last written with it. */
  word: StateWord;
  /** Whether it was reported dead. */
  readonly isDead?: boolean | undefined;
}

/** Pods and intents as the ports' contracts describe them. */
export class ModelPods {
  readonly #clock: ModelClock;
  readonly #epoch: number;
  readonly #directories: ModelDirectories;
  readonly #journal: ModelJournal;
  readonly #orders: ModelOrders;
  #beats: Beat[] = [];
  /** The words that the older sides read, by service and ordinal. */
  readonly #words = new Map<string, string>();
  readonly #intents = new Map<string, string>();
  readonly #rates = new Map<string, number>();
  /** The services whose mass-expiry guard is active. */
  readonly #guarded = new Set<string>();

  constructor(clock: ModelClock, epoch: number, journal: ModelJournal, orders: ModelOrders) {
    this.#clock = clock;
    this.#epoch = epoch;
    this.#journal = journal;
    this.#orders = orders;
    this.#directories = new ModelDirectories(clock);
  }

  /** The reply to a heartbeat. */
  beat(
    service: string,
    podId: number,
    report: PodReport,
    replied?: Partial<HeartbeatAck>,
  ): HeartbeatAck | Fenced {
    const at = this.#clock.time(replied?.storeTime);
    const before = this.#find(service, podId);
    const hadWord = this.#words.has(`${service}/${podId}`);
    const incarnation = before ? taken(report, before, at) : report.incarnation;
    if (incarnation === undefined) {
      const met = before!.incarnation;
      this.#journal.write(service, { type: 'fenced', podId, incarnation: report.incarnation, met });
      return { met };
    }
    if (!before || !isSameLife(report.incarnation, before.incarnation) || report.seq > before.report.seq) {
      this.#writeBeat(service, podId, { ...report, incarnation }, before);
      this.#markDirectory(service, podId, report, at);
      this.#forget(service, podId);
      const word = podWord(report);
      this.#beats.push({ service, podId, report, incarnation, at, word });
      this.setWord(service, podId, word);
      this.#writeGuard(service, podId, report.guard);
    }
    const { since, restored } = this.#directories.read(service, replied);
    return {
      storeTime: at,
      epoch: this.#epoch,
      since,
      restored,
      incarnation,
      ...this.#intent(service, podId),
      orders: this.#orders.waiting(service, podId),
      previous: before || hadWord ? { incarnation: before?.incarnation, updateTime: before?.at } : undefined,
    };
  }

  read(service: string, replied?: ServiceStateRead): ServiceStateRead {
    const read = this.#readAt(service, this.#clock.time(replied?.storeTime), replied);
    const pods = new Map(read.pods);
    for (const podId of podIds) {
      const word = this.#words.get(`${service}/${podId}`);
      const beat = this.#find(service, podId);
      if (word === undefined) continue;
      if (!beat || givesWay(stateOf(beat), beat.word, word, read.storeTime)) {
        pods.set(podId, podFromWord(podId, word));
      }
    }
    return { ...read, pods };
  }

  /** Whether a mark is written. */
  mark(service: string, podId: number, word: StateWord, options: MarkServiceStateOptions): boolean {
    const beat = this.#find(service, podId);
    if (!beat || beat.incarnation !== options.incarnation || beat.at !== options.updateTime) return false;
    if (this.#words.get(`${service}/${podId}`) !== beat.word) return false;
    beat.word = word;
    this.setWord(service, podId, word);
    return true;
  }

  /** The reply to the report of a death. */
  reportDead(service: string, podId: number, incarnation: string, by?: string): boolean | Fenced {
    const beat = this.#find(service, podId);
    if (!beat) return false;
    if (!isSameLife(beat.incarnation, incarnation)) return { met: beat.incarnation };
    if (hasEnded(stateOf(beat))) return true;
    const isOwnWord = this.#words.get(`${service}/${podId}`) === beat.word;
    this.#forget(service, podId);
    const report = { ...beat.report, state: 'FAILED' as const };
    this.#beats.push({ ...beat, report, isDead: true, word: isOwnWord ? 'FAILED' : beat.word });
    if (isOwnWord) this.setWord(service, podId, 'FAILED');
    this.#journal.write(service, { type: 'dead', podId, incarnation: beat.incarnation, by });
    return true;
  }

  setWord(service: string, podId: number, word: string | undefined): void {
    if (word === undefined) this.#words.delete(`${service}/${podId}`);
    else this.#words.set(`${service}/${podId}`, word);
  }

  /** The time of the pod's heartbeat, or of no heartbeat. */
  timeOf(service: string, podId: number): number {
    return this.#find(service, podId)?.at ?? 1_000;
  }

  remove(
    service: string,
    podId: number,
    { incarnation, updateTime, by }: RemoveServiceStateOptions,
  ): boolean {
    const before = this.#find(service, podId);
    const isOperators = incarnation === undefined && updateTime === undefined;
    if (isOperators) {
      this.#intents.delete(`${service}/${podId}`);
      this.#rates.delete(`${service}/${podId}`);
      this.#orders.remove(service, podId);
    }
    const word = this.#words.get(`${service}/${podId}`);
    if (!before && !(isOperators && word !== undefined)) return false;
    if (incarnation !== undefined && incarnation !== before?.incarnation) return false;
    if (updateTime !== undefined && updateTime !== before?.at) return false;
    const isOver = before && !isAlive(stateOf(before), this.#clock.now - before.at);
    this.#journal.write(service, { type: 'removed', podId, by });
    if (isOperators && !isOver && this.#directories.read(service).since !== undefined) {
      this.#directories.begin(service, { quiet: false });
      this.#journal.write(service, { type: 'directory', podId, is: 'young' });
    }
    if (isOperators || word === before?.word) this.setWord(service, podId, undefined);
    this.#forget(service, podId);
    return true;
  }

  /** @param ratePerSecond - the rate of a drain; a word that bypasses the ports leaves the one before. */
  intend(
    service: string,
    podId: number,
    intent: PodIntent,
    { ratePerSecond, by }: SetPodIntentOptions,
  ): void {
    const key = `${service}/${podId}`;
    const rate = intent === 'drain' ? ratePerSecond : undefined;
    if (this.#intents.get(key) !== intent || this.#rates.get(key) !== rate) {
      this.#journal.write(service, { type: 'intent', podId, intent, ratePerSecond: rate, by });
    }
    this.setIntentWord(service, podId, intent);
    if (rate === undefined) this.#rates.delete(key);
    else this.#rates.set(key, rate);
  }

  setIntentWord(service: string, podId: number, word: string): void {
    this.#intents.set(`${service}/${podId}`, word);
  }

  intents(service: string): ReadonlyMap<number, StoredIntent> {
    const known = podIds.filter((podId) => this.#intents.has(`${service}/${podId}`));
    return new Map(known.map((podId) => [podId, this.#intent(service, podId)]));
  }

  #intent(service: string, podId: number): StoredIntent {
    const wish = this.#intents.get(`${service}/${podId}`);
    const intent = POD_INTENTS.find((each) => each === wish);
    if (!intent) return { unknownIntent: wish };
    return { intent, ratePerSecond: intent === 'drain' ? this.#rates.get(`${service}/${podId}`) : undefined };
  }

  #markDirectory(service: string, podId: number, { beatenBefore, leaseMs }: PodReport, at: number): void {
    const read = this.#readAt(service, at);
    const isYoung = at - (read.since ?? at) <= leaseMs;
    if (beatenBefore && !read.pods.has(podId) && isYoung) {
      if (read.restored === undefined)
        this.#journal.write(service, { type: 'directory', podId, is: 'restored' });
      this.#directories.restore(service, at);
    }
    const { resets, quiet } = sinceReset(read, podId);
    if (!resets) return;
    this.#directories.begin(service, { at, quiet });
    this.#journal.write(service, { type: 'directory', podId, is: quiet ? 'quiet' : 'young' });
  }

  #writeBeat(service: string, podId: number, report: PodReport, before: Beat | undefined): void {
    const { incarnation, state, routingState, users } = report;
    const event = { podId, incarnation, state, routingState };
    const isSame = before && isSameRun(before.incarnation, incarnation);
    const isChanged = before?.report.state !== state || before.report.routingState !== routingState;
    if (!isSame && !report.beatenBefore) this.#journal.write(service, { type: 'started', ...event });
    else if (isSame && !isSameLife(before.incarnation, incarnation))
      this.#journal.write(service, { type: 'returned', ...event });
    else if (!isSame || isChanged) this.#journal.write(service, { type: 'state', ...event, users });
  }

  #writeGuard(service: string, podId: number, guard: boolean | undefined): void {
    if (guard === undefined || guard === this.#guarded.has(service)) return;
    if (guard) this.#guarded.add(service);
    else this.#guarded.delete(service);
    this.#journal.write(service, { type: 'guard', podId, active: guard });
  }

  #readAt(service: string, at: number, replied?: ServiceStateRead): ServiceStateRead {
    const own = this.#beats.filter((beat) => beat.service === service).toSorted((a, b) => a.podId - b.podId);
    const pods = new Map(own.map((beat) => [beat.podId, stateOf(beat)]));
    const { since, restored, quiet } = this.#directories.read(service, replied);
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
  const { seq: _seq, beatenBefore: _before, guard: _guard, metadata = {}, ...fields } = report;
  return { podId, ...fields, metadata, incarnation, updateTime: at };
}

function isSameLife(one: string, other: string): boolean {
  return isSameRun(one, other) && compareIncarnations(one, other) === 0;
}

/** The incarnation under which a heartbeat is stored over an entry; `undefined`: it is fenced. */
function taken(report: PodReport, met: Beat, at: number): string | undefined {
  const { incarnation, seq, beatenBefore } = report;
  const own = parseIncarnation(incarnation);
  const { start } = parseIncarnation(met.incarnation);
  const order = compareIncarnations(incarnation, met.incarnation);
  const withStart = (least: number): string =>
    own.start >= least ? incarnation : formatIncarnation({ ...own, start: least });
  if (isSameRun(incarnation, met.incarnation)) {
    if (order < 0 || (order === 0 && met.isDead && !hasEnded(report))) return undefined;
    return order === 0 && seq <= met.report.seq ? met.incarnation : withStart(start);
  }
  if (!beatenBefore && !isAlive(stateOf(met), at - met.at)) return withStart(start + 1);
  return order > 0 ? incarnation : undefined;
}
