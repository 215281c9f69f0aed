import { onAbort } from '@stateful-route/core/adapter';
import { DamagedItem, isDamage } from './damaged-items.ts';
import type { ItemScript, ScriptValue } from '../scripts/script.ts';
import type { SharedDeadline } from './shared-deadline.ts';
import type { StoreCall } from './store-call.ts';
import { storeError, timedOut } from './store-error.ts';

/** A script about items, whatever they are. */
export type AnyItemScript = ItemScript<string, string, unknown>;

/** The keys of one item, by the script's names. */
export type ItemKeys = Readonly<Record<string, string>>;

/** The arguments of every item of a call, by the script's names. */
export type ItemArgs = Readonly<Record<string, ScriptValue>>;

/** The ends of the promise that was made last. A function of its own for each promise would be most of what a call makes. */
const captured = {
  resolve: (_reply: unknown): void => {},
  reject: (_error: unknown): void => {},
};

function capture(resolve: (reply: unknown) => void, reject: (error: unknown) => void): void {
  captured.resolve = resolve;
  captured.reject = reject;
}

/** One caller's part in a batch. It has an end of its own: in time, aborted, or by a fault in its own keys. */
export abstract class ItemCall {
  readonly script: AnyItemScript;
  readonly args: ItemArgs;
  readonly call: StoreCall;
  readonly deadline: SharedDeadline;
  readonly reply: Promise<unknown>;
  /** How many items it is about. */
  abstract readonly count: number;
  /** Whether it was handed to a connection, and may act. */
  sent = false;
  /** How often it came too late, having done nothing. */
  refusals = 0;
  over = false;
  readonly #resolve: (reply: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #unhearAbort: (() => void) | undefined;

  constructor(script: AnyItemScript, args: ItemArgs, call: StoreCall, deadline: SharedDeadline) {
    this.script = script;
    this.args = args;
    this.call = call;
    this.deadline = deadline;
    this.reply = new Promise(capture);
    this.#resolve = captured.resolve;
    this.#reject = captured.reject;
    deadline.join(this);
    if (call.options?.signal) this.#hearAbort(call.options.signal);
  }

  abstract keysOf(nth: number): ItemKeys;

  /** The first key of an item, which decides its slot. */
  keyOf(nth: number): string {
    return this.keysOf(nth)[this.script.keys[0]!]!;
  }

  /** The reply about one of the items has come, and the server's time beside it. */
  settle(nth: number, reply: unknown, storeTime: number): void {
    if (this.over) return;
    let decoded: unknown;
    try {
      decoded = this.script.decode(reply, storeTime);
    } catch (error) {
      this.failItem(nth, error);
      return;
    }
    this.take(nth, decoded);
  }

  /** One of the items has failed; with it the whole call, unless only the item's own keys are at fault. */
  failItem(nth: number, error: unknown): void {
    if (isDamage(error)) this.takeDamage(nth, error);
    else this.fail(error);
  }

  /** Takes that the keys of an item are damaged. */
  protected takeDamage(_nth: number, error: unknown): void {
    this.fail(error);
  }

  /** Takes what a reply says. */
  protected abstract take(nth: number, decoded: unknown): void;

  /** All is known that was asked for. */
  protected succeed(reply: unknown): void {
    this.#end();
    this.#resolve(reply);
  }

  /** What the client, the server or a decoder failed with. */
  fail(error: unknown): void {
    if (!this.over) this.#fail(storeError(error, this.call, this.deadline.timeoutMs, this.sent));
  }

  expire(): void {
    const { timeoutMs, awaited } = this.deadline;
    this.#fail(timedOut(this.call, timeoutMs, this.sent, awaited()));
  }

  #hearAbort(signal: AbortSignal): void {
    const abort = (): void => {
      if (!this.over) this.#fail(signal.reason);
    };
    this.#unhearAbort = onAbort(signal, abort);
  }

  #fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.over = true;
    this.deadline.leave();
    this.#unhearAbort?.();
  }
}

/** A call about one item; its reply is that of the item. */
export class OneItemCall extends ItemCall {
  readonly count = 1;
  readonly #keys: ItemKeys;

  constructor(
    script: AnyItemScript,
    keys: ItemKeys,
    args: ItemArgs,
    call: StoreCall,
    deadline: SharedDeadline,
  ) {
    super(script, args, call, deadline);
    this.#keys = keys;
  }

  keysOf(): ItemKeys {
    return this.#keys;
  }

  protected take(_nth: number, decoded: unknown): void {
    this.succeed(decoded);
  }
}

/** A call about many items; its reply is a list of theirs, in their order, with a `DamagedItem` where one cannot be read. */
export class ManyItemsCall extends ItemCall {
  readonly count: number;
  readonly #items: readonly ItemKeys[];
  readonly #replies: unknown[];
  #missing: number;

  constructor(
    script: AnyItemScript,
    items: readonly ItemKeys[],
    args: ItemArgs,
    call: StoreCall,
    deadline: SharedDeadline,
  ) {
    super(script, args, call, deadline);
    this.count = items.length;
    this.#items = items;
    this.#replies = Array.from({ length: items.length });
    this.#missing = items.length;
  }

  keysOf(nth: number): ItemKeys {
    return this.#items[nth]!;
  }

  protected override takeDamage(nth: number, error: unknown): void {
    if (!this.over) this.take(nth, new DamagedItem(error));
  }

  protected take(nth: number, decoded: unknown): void {
    this.#replies[nth] = decoded;
    this.#missing -= 1;
    if (this.#missing === 0) this.succeed(this.#replies);
  }
}
