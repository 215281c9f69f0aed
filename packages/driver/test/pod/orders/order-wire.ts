import { type ManualClock } from '@stateful-route/core/testing';
import { routeError } from '@stateful-route/core';
import { type AroundCall, onAbort, type PortCall } from '@stateful-route/core/adapter';

/** What can happen to a call. */
export const fates = ['delayed', 'late', 'lost', 'unsent'] as const;
export type CallFate = (typeof fates)[number];

/** The calls that an order depends on. */
const ofOrders: ReadonlySet<string> = new Set([
  'trySetLinkedPod',
  'replaceLinkedPod',
  'removeLinkedPodWithId',
  'takeOrder',
  'orderDone',
  'writeJournal',
]);

/** How long a call may take. */
const TIMEOUT_MS = 1_000;

/** The calls of one process to the store, which a script delays, loses or cuts off. */
export class OrderWire {
  /** Once true, no call reaches the store any more, and no reply the process. */
  isCut = false;
  readonly #clock: ManualClock;
  readonly #acted: (call: PortCall, reply: unknown) => void;
  readonly #fates: { readonly any: CallFate[]; readonly ofOrders: CallFate[] } = { any: [], ofOrders: [] };

  /** @param acted - called when a call has taken effect. */
  constructor(clock: ManualClock, acted: (call: PortCall, reply: unknown) => void) {
    this.#clock = clock;
    this.#acted = acted;
  }

  /** What happens to the next calls. */
  next(of: 'any' | 'ofOrders', some: readonly CallFate[]): void {
    this.#fates[of].push(...some);
  }

  /** All is well again. */
  heal(): void {
    this.#fates.any.length = 0;
    this.#fates.ofOrders.length = 0;
  }

  readonly around: AroundCall = async (call) => {
    const { method, options } = call;
    const timeout = (): Error =>
      routeError('TIMEOUT', 'No reply.', { operation: method, timeoutMs: TIMEOUT_MS, effect: 'unknown' });
    const own = ofOrders.has(method) ? this.#fates.ofOrders.shift() : undefined;
    const fate = own ?? this.#fates.any.shift();
    if (fate === 'delayed') await this.#pause(300, options?.signal);
    if (fate === 'unsent' || this.isCut) {
      await this.#pause(TIMEOUT_MS, options?.signal);
      throw timeout();
    }
    const reply = await call.run(options);
    this.#acted(call, reply);
    if (fate === 'late') await this.#pause(700, options?.signal);
    if (fate === 'lost') await this.#pause(TIMEOUT_MS - 1, options?.signal);
    if (fate === 'lost' || this.isCut) throw timeout();
    return reply;
  };

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const removeListener =
        signal &&
        onAbort(signal, () => {
          cancel();
          reject(signal.reason as Error);
        });
      const cancel = this.#clock.setTimeout(() => {
        removeListener?.();
        resolve();
      }, ms);
    });
  }
}
