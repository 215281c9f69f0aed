import { type ItemScript, type ScriptValue, spelled } from './scripts/script.ts';
import type { SharedDeadline } from './shared-deadline.ts';
import type { StoreCall } from './store-call.ts';
import { storeError, timedOut } from './store-error.ts';

/** What a call asks of a script, for each of its items. */
export interface Asked {
  readonly script: ItemScript<string, string, unknown>;
  /** Whether it is about one item, and its reply about no list. */
  readonly one: boolean;
  /** The keys of each item. */
  readonly items: readonly Readonly<Record<string, string>>[];
  /** The arguments of every item. */
  readonly args: Readonly<Record<string, ScriptValue>>;
}

/** Where a call's outcome goes. */
export interface Outcome {
  /** Takes the reply of a call about one item, else the list of all. */
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One caller's part in a batch. It has an end of its own: in time, aborted, or by a fault in its own keys. */
export class ItemCall {
  readonly asked: Asked;
  readonly call: StoreCall;
  readonly deadline: SharedDeadline;
  /** Whether it was handed to a connection, and may act. */
  sent = false;
  /** How often it came too late, having done nothing. */
  refusals = 0;
  over = false;
  readonly #outcome: Outcome;
  readonly #replies: unknown[] | undefined;
  #missing: number;
  #unhearAbort: (() => void) | undefined;

  constructor(asked: Asked, call: StoreCall, deadline: SharedDeadline, outcome: Outcome) {
    this.asked = asked;
    this.call = call;
    this.deadline = deadline;
    this.#outcome = outcome;
    this.#missing = asked.items.length;
    this.#replies = asked.one ? undefined : [];
    deadline.join(this);
    if (call.options?.signal) this.#hearAbort(call.options.signal);
  }

  /** The ARGV of each item; where the script writes, with the call's deadline by the server's clock, which says `now`. */
  argsAt(now: number | undefined): string[] {
    const { script, args } = this.asked;
    const words = script.args.map((name) => spelled(args[name]));
    if (script.writes) words.push(String(now === undefined ? 0 : Math.floor(now + this.deadline.leftMs())));
    return words;
  }

  /** The reply about one of the items has come. */
  settle(nth: number, reply: unknown): void {
    if (this.over) return;
    let decoded: unknown;
    try {
      decoded = this.asked.script.decode(reply);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.#replies) this.#replies[nth] = decoded;
    this.#missing -= 1;
    if (this.#missing > 0) return;
    this.#end();
    this.#outcome.resolve(this.#replies ?? decoded);
  }

  /** What the client, the server or a decoder failed with. */
  fail(error: unknown): void {
    if (!this.over) this.#reject(storeError(error, this.call, this.deadline.timeoutMs, this.sent));
  }

  expire(): void {
    this.#reject(timedOut(this.call, this.deadline.timeoutMs, this.sent));
  }

  #hearAbort(signal: AbortSignal): void {
    const abort = (): void => {
      if (!this.over) this.#reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#unhearAbort = () => signal.removeEventListener('abort', abort);
  }

  #reject(error: unknown): void {
    this.#end();
    this.#outcome.reject(error);
  }

  #end(): void {
    this.over = true;
    this.deadline.leave();
    this.#unhearAbort?.();
  }
}
