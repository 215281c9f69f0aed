import { type Executors, routeError } from '@stateful-route/core';
import { decorateExecutors, onAbort, type PortCall, type PortMethod } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { FaultyFeed } from './faulty-feed.ts';

/** A method of any port, or all of them. */
export type FaultyMethod = PortMethod | '*';

/** How a fault befalls calls. */
export interface FaultOptions {
  /** How many calls. Default 1. */
  readonly times?: number | undefined;
  /** What they reject with. Default: a `RouteError` as an adapter would make it. */
  readonly error?: unknown;
}

/** Calls that are kept from the store. */
export interface Hold {
  /** How many calls wait now. */
  waiting(): number;
  /** Lets those that wait, and all later ones, go on. */
  release(): void;
}

/** Faults by chance. */
export interface RandomFaults {
  /** The same seed and the same calls give the same faults. */
  readonly seed: number;
  /** How likely a call meets a fault, 0–1. */
  readonly probability: number;
  /** Which calls; default all. */
  readonly methods?: readonly PortMethod[] | undefined;
  /** How likely a fault is a lost reply, and not a call that never was made; 0–1, default 0.5. */
  readonly lostReplies?: number | undefined;
}

/** What can be made to go wrong. Faults of one method befall its calls in the order in which they were asked for. */
export interface Faults {
  /** The next calls reject with `STORE_ERROR`, and were never made. */
  failNext(method: FaultyMethod, options?: FaultOptions): void;
  /** The next calls are made, and then reject with `TIMEOUT`, whose effect is unknown. */
  loseReply(method: FaultyMethod, options?: FaultOptions): void;
  /** The next calls wait until they are released, or aborted; they are made then. */
  hold(method: FaultyMethod, options?: { readonly times?: number | undefined }): Hold;
  /** Lets chance decide, until the returned function is called. */
  failRandomly(faults: RandomFaults): () => void;
  /** The next events reach no subscriber. */
  dropEvents(times: number): void;
  /** No event reaches a subscriber until the returned function is called; then each is told that it missed some. */
  cutFeed(): () => void;
  /** How many calls were made so far, of a method or of all, those that a fault befell among them. */
  calls(method?: PortMethod): number;
  /** Takes every fault back, releases what is held, and counts from 0 again. */
  reset(): void;
}

/** Executors whose calls can be made to go wrong. */
export interface FaultyExecutors extends Executors {
  readonly faults: Faults;
}

/** What befalls one call. */
type Fault = (call: PortCall) => Promise<unknown>;

interface Plan {
  readonly method: FaultyMethod;
  readonly fault: Fault;
  left: number;
}

/**
 * Wraps a store's ports, so that a test says what goes wrong and when. Without a fault every call goes through as it is.
 *
 * @example
 * const store = faulty(createMemoryExecutors());
 * store.faults.loseReply('setLinkedPodIfAbsent');
 * await gateway.locate('ada'); // asks again, and finds the link that it made itself
 */
export function faulty(inner: Executors): FaultyExecutors {
  const counts = new Map<PortMethod, number>();
  const holds = new Set<Hold>();
  const feed = new FaultyFeed(inner.feed);
  let plans: Plan[] = [];
  let chance: ((call: PortCall) => Fault | undefined) | undefined;

  const plan = (method: FaultyMethod, times: number | undefined, fault: Fault): void => {
    plans.push({ method, fault, left: times ?? 1 });
  };
  const next = (call: PortCall): Fault | undefined => {
    const found = plans.find(({ method, left }) => left > 0 && (method === '*' || method === call.method));
    if (!found) return chance?.(call);
    found.left -= 1;
    plans = plans.filter(({ left }) => left > 0);
    return found.fault;
  };

  const faults: Faults = {
    failNext: (method, options = {}) => plan(method, options.times, failing(options)),
    loseReply: (method, options = {}) => plan(method, options.times, losing(options)),
    hold: (method, options) => {
      const { hold, fault } = holding();
      holds.add(hold);
      plan(method, options?.times, fault);
      return hold;
    },
    failRandomly: ({ seed, probability, methods, lostReplies = 0.5 }) => {
      const random = seededRandom(seed);
      const chosen = (call: PortCall): Fault | undefined => {
        if (methods && !methods.includes(call.method)) return undefined;
        // both are drawn for every call, so that one fault more or less does not shift the others
        const [befalls, isLost] = [random() < probability, random() < lostReplies];
        if (!befalls) return undefined;
        return isLost ? losing({}) : failing({});
      };
      chance = chosen;
      return () => {
        if (chance === chosen) chance = undefined;
      };
    },
    dropEvents: (times) => feed.drop(times),
    cutFeed: () => feed.cut(),
    calls: (method) =>
      method ? (counts.get(method) ?? 0) : [...counts.values()].reduce((all, count) => all + count, 0),
    reset: () => {
      plans = [];
      chance = undefined;
      for (const hold of holds) hold.release();
      holds.clear();
      feed.reset();
      counts.clear();
    },
  };

  const decorated = decorateExecutors({ ...inner, feed, close: () => inner.close() }, (call) => {
    counts.set(call.method, (counts.get(call.method) ?? 0) + 1);
    const fault = next(call);
    return fault ? fault(call) : call.run(call.options);
  });
  return { ...decorated, faults };
}

function failing(options: FaultOptions): Fault {
  return ({ method }) => Promise.reject('error' in options ? options.error : refused(method));
}

function losing(options: FaultOptions): Fault {
  return async (call) => {
    await call.run(call.options);
    throw 'error' in options ? options.error : lost(call);
  };
}

function holding(): { readonly hold: Hold; readonly fault: Fault } {
  let waiting = 0;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const fault: Fault = async ({ options, run }) => {
    waiting += 1;
    try {
      await unlessAborted(released, options?.signal);
    } finally {
      waiting -= 1;
    }
    return run(options);
  };
  return { hold: { waiting: () => waiting, release: () => release() }, fault };
}

function unlessAborted(released: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return released;
  return new Promise((resolve, reject) => {
    const unhear = onAbort(signal, () => reject(signal.reason));
    void released.then(() => {
      unhear();
      resolve();
    });
  });
}

function refused(method: PortMethod): Error {
  return routeError('STORE_ERROR', `The store failed ${method}, as a test asked it to.`, {
    operation: method,
  });
}

function lost({ method, options }: PortCall): Error {
  const fields = { operation: method, timeoutMs: options?.timeoutMs ?? 0, effect: 'unknown' } as const;
  return routeError('TIMEOUT', `The reply to ${method} was lost, as a test asked for.`, fields);
}
