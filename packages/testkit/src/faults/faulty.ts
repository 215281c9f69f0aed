import { type Executors, routeError } from '@stateful-route/core';
import { decorateExecutors, onAbort, type PortCall, type PortMethod } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { FaultyFeed } from './faulty-feed.ts';

/** A method of any port, or all of them. */
export type FaultyMethod = PortMethod | '*';

/** Options of a fault. */
export interface FaultOptions {
  /** How many calls it affects. Default 1. */
  readonly times?: number | undefined;
  /** What they reject with. Default: a `RouteError` as an adapter would make it. */
  readonly error?: unknown;
}

/** Calls that are held before they reach the store. */
export interface Hold {
  /** How many calls are held now. */
  waiting(): number;
  /** Lets the held calls, and all later ones, go on. */
  release(): void;
}

/** Random faults. */
export interface RandomFaults {
  /** The same seed and the same calls give the same faults. */
  readonly seed: number;
  /** The probability that a call fails, 0–1. */
  readonly probability: number;
  /** The methods that may fail. Default: all. */
  readonly methods?: readonly PortMethod[] | undefined;
  /** The probability that a fault is a lost reply rather than a call that was not made; 0–1, default 0.5. */
  readonly lostReplies?: number | undefined;
}

/** The faults that a test can cause. Those of one method affect its calls in the order in which they were added. */
export interface Faults {
  /** The next calls are not made, and reject with `STORE_ERROR`. */
  failNext(method: FaultyMethod, options?: FaultOptions): void;
  /** The next calls are made, and then reject with `TIMEOUT` and `effect: 'unknown'`. */
  loseReply(method: FaultyMethod, options?: FaultOptions): void;
  /** The next calls are held until they are released, and made then, or aborted. */
  hold(method: FaultyMethod, options?: { readonly times?: number | undefined }): Hold;
  /** Causes random faults until the returned function is called. */
  failRandomly(faults: RandomFaults): () => void;
  /** Drops the next events. */
  dropEvents(times: number): void;
  /** Drops all events until the returned function is called, which notifies each subscriber that it missed some. */
  cutFeed(): () => void;
  /** How many calls there were so far, of one method or of all, failed ones included. */
  calls(method?: PortMethod): number;
  /** Removes all faults, releases held calls, and counts from 0 again. */
  reset(): void;
}

/** Executors with faults that a test can cause. */
export interface FaultyExecutors extends Executors {
  readonly faults: Faults;
}

/** Runs one call with a fault. */
type Fault = (call: PortCall) => Promise<unknown>;

interface Plan {
  readonly method: FaultyMethod;
  readonly fault: Fault;
  left: number;
}

/**
 * Wraps a store's ports, so that a test decides what fails and when. Without faults every call passes through unchanged.
 *
 * @example
 * const store = faulty(createMemoryExecutors());
 * store.faults.loseReply('setLinkedPodIfAbsent');
 * await gateway.locate('ada'); // is retried, and finds the link that its first attempt made
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
        // Both are drawn for every call, so that a fault does not shift later draws.
        const [fails, isLost] = [random() < probability, random() < lostReplies];
        if (!fails) return undefined;
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
  return routeError('STORE_ERROR', `The store failed ${method}, as requested by a test.`, {
    operation: method,
  });
}

function lost({ method, options }: PortCall): Error {
  const fields = { operation: method, timeoutMs: options?.timeoutMs ?? 0, effect: 'unknown' } as const;
  return routeError('TIMEOUT', `The reply to ${method} was lost, as requested by a test.`, fields);
}
