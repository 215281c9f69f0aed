import type { Clock, Executors } from '@stateful-route/core';
import { decorateExecutors, type PortCall } from '@stateful-route/core/adapter';
import type { ProcessClock } from '../time/process-clock.ts';
import type { WorldTime } from '../time/world-time.ts';
import { Flight } from './flight.ts';
import { PushWire } from './push-wire.ts';
import { isWrite, type Loss, type StoredCall, type WirePlan } from './wire-plan.ts';

/** What a wire connects, and the random generator of its delays. */
export interface WireParts {
  readonly name: string;
  readonly time: WorldTime;
  readonly clock: ProcessClock;
  readonly store: Executors;
  readonly storeClock: Clock;
  readonly random: () => number;
  readonly plan: WirePlan;
  /** Calls that arrive while it returns true are lost. Default: never. */
  readonly isStoreAway?: (() => boolean) | undefined;
  /** Called for each call that the store carries out, in that order. */
  readonly onStored?: ((call: StoredCall) => void) | undefined;
  /** Called for each call that is lost, or whose reply is. */
  readonly onLost?: (() => void) | undefined;
}

/** The probability that a call in flight still arrives after its connection was cut. */
const ARRIVES_THOUGH_CUT = 0.5;

const NOTICED_MS = 1;

/** One process's connection to the store, with faults. It keeps the promises of an adapter. */
export class Wire {
  /** The executors that the process uses. */
  readonly executors: Executors;
  readonly #parts: WireParts;
  readonly #pushes: PushWire;
  readonly #flights = new Set<Flight>();
  #waiting: Flight[] = [];
  #losses: { readonly loss: Loss; readonly until: number }[] = [];
  readonly #arrivals = new Map<string, number>();
  readonly #replies = new Map<string, number>();
  #epoch = 1;
  #isDown = false;
  #downUntil = 0;
  #heldUntil = 0;
  #slow = { until: 0, byMs: 0 };

  constructor(parts: WireParts) {
    this.#parts = parts;
    this.#pushes = new PushWire(parts.clock, () => this.#delayMs());
    const decorated = decorateExecutors(parts.store, (call) => this.#call(call));
    this.executors = { ...decorated, feed: this.#pushes.around(decorated.feed) };
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** Until when this wire has a fault, in ms of the world. */
  get troubledUntil(): number {
    const lossesUntil = this.#losses.map(({ loss, until }) => (loss.ms === undefined ? 0 : until));
    return Math.max(this.#downUntil, this.#heldUntil, this.#slow.until, ...lossesUntil);
  }

  get pending(): number {
    return this.#flights.size;
  }

  /** Cuts the connection for `ms`. */
  cut(ms: number): void {
    const { time, clock } = this.#parts;
    this.#downUntil = Math.max(this.#downUntil, time.now + ms);
    if (!this.#isDown) {
      this.#isDown = true;
      this.#pushes.stop();
      for (const flight of this.#flights) {
        if (flight.epoch === undefined) continue;
        clock.deliver(() => {
          flight.fail('the connection was lost');
        }, NOTICED_MS);
      }
    }
    time.at(this.#downUntil, () => {
      if (this.#isDown && time.now >= this.#downUntil) this.#reconnect();
    });
  }

  /** Holds calls on their way to the store for `ms`. */
  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#parts.time.now + ms);
  }

  /** Adds a delay of up to `byMs` in each direction, for `ms`. */
  slow(byMs: number, ms: number): void {
    this.#slow = { until: this.#parts.time.now + ms, byMs };
  }

  /** Loses the next call, the next one of a method, or all for a time. */
  lose(loss: Loss): void {
    this.#losses.push({
      loss,
      until: loss.ms === undefined ? Number.POSITIVE_INFINITY : this.#parts.time.now + loss.ms,
    });
  }

  /** Ends all losses. */
  heal(): void {
    this.#losses = [];
  }

  /** Ends the process's subscriptions in the store. */
  close(): void {
    this.#pushes.close();
  }

  #call(call: PortCall): Promise<unknown> {
    const { clock, plan, storeClock } = this.#parts;
    const timeoutMs = call.options?.timeoutMs ?? plan.timeoutMs;
    const flight = new Flight(call, clock, timeoutMs, storeClock.now());
    this.#flights.add(flight);
    const landed = (): void => {
      this.#flights.delete(flight);
    };
    flight.promise.then(landed, landed);
    if (!this.#isDown) this.#send(flight);
    else if (plan.offline === 'wait') this.#waiting.push(flight);
    else {
      clock.deliver(() => {
        flight.fail('there is no connection');
      }, NOTICED_MS);
    }
    return flight.promise;
  }

  #send(flight: Flight): void {
    const { epoch } = (flight.call.options ?? {}) as { readonly epoch?: number };
    if (epoch !== undefined && epoch !== this.#epoch) {
      flight.fail('the connection is another one', this.#epoch);
      return;
    }
    flight.epoch = this.#epoch;
    const loss = this.#takeLoss(flight.call);
    if (loss?.when === 'before') return;
    const { time } = this.#parts;
    const at = Math.max(time.now + this.#delayMs(), this.#arrivals.get(flight.subject) ?? 0);
    this.#arrivals.set(flight.subject, at);
    time.at(at, () => {
      this.#arrive(flight, loss !== undefined);
    });
  }

  #takeLoss({ method }: PortCall): Loss | undefined {
    this.#losses = this.#losses.filter(({ until }) => until > this.#parts.time.now);
    const found = this.#losses.find(({ loss }) => loss.method === undefined || loss.method === method);
    if (found) this.#parts.onLost?.();
    if (found && found.loss.ms === undefined) this.#losses = this.#losses.filter((each) => each !== found);
    return found?.loss;
  }

  #arrive(flight: Flight, losesReply: boolean): void {
    const { time, storeClock, random } = this.#parts;
    if (time.now < this.#heldUntil) {
      time.at(this.#heldUntil, () => {
        this.#arrive(flight, losesReply);
      });
      return;
    }
    if (this.#parts.isStoreAway?.()) return;
    const isCut = this.#isDown || flight.epoch !== this.#epoch;
    if (isCut && random() >= ARRIVES_THOUGH_CUT) return;
    const storeTime = storeClock.now();
    if (isWrite(flight.call.method) && storeTime > flight.deadline) return;
    const {
      signal: _,
      timeoutMs: __,
      epoch: ___,
      ...options
    } = (flight.call.options ?? {}) as Record<string, unknown>;
    const answered = (outcome: Pick<StoredCall, 'result' | 'error'>): void => {
      const { method, args } = flight.call;
      this.#parts.onStored?.({ process: this.#parts.name, method, args, options, storeTime, ...outcome });
      if (!losesReply) this.#reply(flight, outcome);
    };
    flight.call.run(options).then(
      (result) => {
        answered({ result });
      },
      (error: unknown) => {
        answered({ error });
      },
    );
  }

  #reply(flight: Flight, outcome: Pick<StoredCall, 'result' | 'error'>): void {
    const { time, clock } = this.#parts;
    const at = Math.max(time.now + this.#delayMs(), this.#replies.get(flight.subject) ?? 0);
    this.#replies.set(flight.subject, at);
    clock.deliver(() => {
      if (this.#isDown || flight.epoch !== this.#epoch) return;
      if ('error' in outcome) flight.reject(outcome.error);
      else flight.resolve(withEpoch(outcome.result, flight.epoch));
    }, at - time.now);
  }

  #reconnect(): void {
    this.#isDown = false;
    this.#epoch += 1;
    this.#pushes.resume();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flight of waiting) if (!flight.isSettled) this.#send(flight);
  }

  #delayMs(): number {
    const { random, plan, time } = this.#parts;
    const usual = plan.minMs + (plan.maxMs - plan.minMs) * random() ** 3;
    return time.now < this.#slow.until ? usual + this.#slow.byMs * random() : usual;
  }
}

/** This wire makes the connections, so their epoch is counted here. */
function withEpoch(result: unknown, epoch: number): unknown {
  return typeof result === 'object' && result !== null && 'epoch' in result ? { ...result, epoch } : result;
}
