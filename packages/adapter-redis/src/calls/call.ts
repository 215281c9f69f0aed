import { type Clock, isRouteError } from '@stateful-route/core';
import { type Awaiting, DeadlineQueue, onAbort } from '@stateful-route/core/adapter';
import type { Connection } from '../client/connection.ts';
import type { AnyScript, ScriptValue } from '../scripts/script.ts';
import { UnreadableReply } from '../stored/replies.ts';
import { DamagedItem, isDamage } from './batch-replies.ts';
import { storeError, timedOut } from './errors.ts';
import type { Operation } from './operation.ts';

/** So many commands are in flight at a time: while the server works on some, others are written and read. */
const COMMANDS_IN_FLIGHT = 4;
/** Fewer calls in a command cost more than a third command in flight gains. */
const SHARED_MIN = 4;
/** Of fewer calls than that, so many commands are made. */
const COMMANDS_MIN = 2;
/** More calls in a command save less than waiting for all of them costs. */
const SHARED_MAX = 128;
/** So many commands later, a load that is over counts no more. */
const REMEMBERED_COMMANDS = 16;

/**
 * How many calls share a command, by how many were in flight lately. Calls that came one at a time before: all of a tick.
 *
 * Calls that share a command are answered together, and their callers ask again together: with all of them in one command the
 * caller would wait while the server works, and the server while the caller does. So they are cut into as many commands as keep
 * both at work, but not into more: each costs both sides as much as several calls.
 */
export class Pacing {
  #inFlight = 0;
  /** The most calls that were in flight after one of the last commands. */
  #load = 0;
  #loadOfNext = 0;
  #commands = 0;

  /** So many calls are sent as soon as they are gathered. */
  get groupSize(): number {
    if (this.#load < 2) return SHARED_MAX;
    const few = Math.min(this.#load / COMMANDS_MIN, SHARED_MIN);
    return Math.min(Math.floor(Math.max(this.#load / COMMANDS_IN_FLIGHT, few)), SHARED_MAX);
  }

  /** Whether no call waits for its reply. */
  get idle(): boolean {
    return this.#inFlight === 0;
  }

  /** Calls were handed to a connection. */
  sent(calls: number): void {
    this.#inFlight += calls;
    this.#loadOfNext = Math.max(this.#loadOfNext, this.#inFlight);
    this.#load = Math.max(this.#load, this.#inFlight);
    this.#commands += 1;
    if (this.#commands < REMEMBERED_COMMANDS) return;
    this.#commands = 0;
    this.#load = this.#loadOfNext;
    this.#loadOfNext = this.#inFlight;
  }

  /** Their replies have come, or never will. */
  ended(calls: number): void {
    this.#inFlight -= calls;
  }
}

/** The deadlines and the pace of all calls on a connection. */
export class Deadlines {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly queue: DeadlineQueue;
  readonly pacing: Pacing = new Pacing();
  readonly #defaultMs: number;

  /** @param defaultMs - the timeout of a call that names none. */
  constructor(connection: Connection, clock: Clock, defaultMs: number) {
    this.connection = connection;
    this.clock = clock;
    this.queue = new DeadlineQueue(clock);
    this.#defaultMs = defaultMs;
  }

  /** The deadline of a call that begins now: `shared`, if that has the same timeout. */
  of({ options }: Operation, shared?: Deadline): Deadline {
    const timeoutMs = options?.timeoutMs ?? this.#defaultMs;
    return shared?.timeoutMs === timeoutMs ? shared : new Deadline(timeoutMs, this);
  }
}

/** The deadline of one call, or of all calls that began in one tick with the same timeout. */
export class Deadline implements Awaiting {
  readonly timeoutMs: number;
  readonly deadline: number;
  readonly #all: Deadlines;
  readonly #calls: Call[] = [];
  #pending = 0;

  constructor(timeoutMs: number, all: Deadlines) {
    this.timeoutMs = timeoutMs;
    this.deadline = all.clock.monotonic() + timeoutMs;
    this.#all = all;
  }

  leftMs(): number {
    return this.deadline - this.#all.clock.monotonic();
  }

  join(call: Call): void {
    this.#calls.push(call);
    this.#pending += 1;
    if (this.#pending === 1) this.#all.queue.add(this);
  }

  /** One of the calls has ended, which had so many items in flight. */
  leave(inFlight: number): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#all.queue.delete(this);
    if (inFlight > 0) this.#all.pacing.ended(inFlight);
  }

  expire(): void {
    for (const call of this.#calls) if (!call.over) call.expire();
  }

  /** Why calls cannot be sent; `undefined` where they can. */
  get waitedFor(): string | undefined {
    return this.#all.connection.faults.whyNotReady;
  }

  /** A call got no reply: its server may have been replaced. */
  onTimeout(): void {
    this.#all.connection.refreshSlots();
  }
}

/** The last promise's `resolve` and `reject`. One shared executor saves a closure per call, which was most of the allocation. */
const captured = {
  resolve: (_reply: unknown): void => {},
  reject: (_error: unknown): void => {},
};

function capture(resolve: (reply: unknown) => void, reject: (error: unknown) => void): void {
  captured.resolve = resolve;
  captured.reject = reject;
}

/** One call of a port's method. It ends once: with its reply, a fault, at its deadline, or by its abort signal. */
export class Call {
  readonly operation: Operation;
  readonly deadline: Deadline;
  readonly reply: Promise<unknown>;
  /** Whether it was handed to a connection, and may act. */
  sent = false;
  /** How many of its items count as in flight. */
  inFlight = 0;
  /** Whether it has ended. What is not sent by then must not be sent. */
  over = false;
  readonly #resolve: (reply: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #stopListening: (() => void) | undefined;

  constructor(operation: Operation, deadline: Deadline) {
    this.operation = operation;
    this.deadline = deadline;
    this.reply = new Promise(capture);
    this.#resolve = captured.resolve;
    this.#reject = captured.reject;
    deadline.join(this);
    const signal = operation.options?.signal;
    if (signal) this.#stopListening = onAbort(signal, () => this.#end(this.#reject, signal.reason));
  }

  succeed(reply: unknown): void {
    this.#end(this.#resolve, reply);
  }

  /** @param error - of the client, the server or a decoder. */
  fail(error: unknown): void {
    if (this.over) return;
    const failure = storeError(error, this.operation, this.deadline.timeoutMs, this.sent);
    if (isRouteError(failure, 'TIMEOUT')) this.deadline.onTimeout();
    this.#end(this.#reject, failure);
  }

  expire(): void {
    this.fail(timedOut(this.operation, this.deadline.timeoutMs, this.sent, this.deadline.waitedFor));
  }

  #end(settle: (outcome: unknown) => void, outcome: unknown): void {
    if (this.over) return;
    this.over = true;
    this.deadline.leave(this.inFlight);
    this.#stopListening?.();
    settle(outcome);
  }
}

/** The keys of one item, by the script's names. */
export type ItemKeys = Readonly<Record<string, string>>;

/** The arguments of every item of a call, by the script's names. */
export type ItemArgs = Readonly<Record<string, ScriptValue>>;

/** Reads the reply about one item. */
export type Decode<Reply> = (reply: unknown, storeTime: number, epoch: number) => Reply;

/** A call of a script about one item, whose reply is the item's, or about many, whose reply is a list. */
export class ScriptCall extends Call {
  readonly script: AnyScript;
  readonly items: readonly ItemKeys[];
  readonly args: ItemArgs;
  /** How often a server refused it as too late. It had done nothing then. */
  refusals = 0;
  readonly #decode: Decode<unknown>;
  /** Of many items, in their order; a `DamagedItem` for one that cannot be read. */
  readonly #replies: unknown[] | undefined;
  #missing: number;

  constructor(
    script: AnyScript,
    keys: ItemKeys | readonly ItemKeys[],
    args: ItemArgs,
    operation: Operation,
    deadline: Deadline,
    decode: Decode<unknown> = script.decode,
  ) {
    super(operation, deadline);
    this.script = script;
    this.args = args;
    this.#decode = decode;
    const many = isList(keys);
    this.items = many ? keys : [keys];
    this.#missing = this.items.length;
    if (many) this.#replies = Array.from({ length: keys.length });
  }

  /** The first key of an item, which decides its slot. */
  firstKey(nth: number): string {
    return this.items[nth]![this.script.keys[0]!]!;
  }

  /** The reply about one of the items has come. */
  settle(nth: number, reply: unknown, storeTime: number, epoch: number): void {
    if (this.over) return;
    let decoded: unknown;
    try {
      decoded = this.#decode(reply, storeTime, epoch);
    } catch (error) {
      this.failItem(nth, error);
      return;
    }
    this.#take(nth, decoded);
  }

  /** One of the items had a usual outcome. */
  settleUsual(nth: number, outcome: number, nowUs: number): void {
    if (this.over) return;
    const usual = this.script.usual?.[outcome - 1];
    if (usual) this.#take(nth, usual(this.args, nowUs));
    else this.failItem(nth, new UnreadableReply('a usual outcome', outcome));
  }

  /** One of the items has failed, and with it the whole call, unless only that item's keys are damaged. */
  failItem(nth: number, error: unknown): void {
    if (this.#replies && isDamage(error)) this.#take(nth, new DamagedItem(error));
    else this.fail(error);
  }

  #take(nth: number, reply: unknown): void {
    if (!this.#replies) {
      this.succeed(reply);
      return;
    }
    this.#replies[nth] = reply;
    this.#missing -= 1;
    if (this.#missing === 0) this.succeed(this.#replies);
  }
}

function isList(keys: ItemKeys | readonly ItemKeys[]): keys is readonly ItemKeys[] {
  return Array.isArray(keys);
}
