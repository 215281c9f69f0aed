import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import {
  type Executors,
  type Link,
  type LogFields,
  type Logger,
  PERSIST_FOREVER,
  routeError,
  type SelectionStrategy,
  type ServiceHandle,
} from '@stateful-route/core';
import {
  type AroundCall,
  decorateExecutors,
  type PodReport,
  type PortCall,
  type PortMethod,
} from '@stateful-route/core/adapter';
import { ManualClock, seededRandom } from '@stateful-route/core/testing';
import { type CallerRouteOptions, createStatefulRoute, type StatefulRoute } from '../src/index.ts';

export const LEASE_MS = 300_000;
export const PERIOD_MS = 30_000;
export const REFRESH_MS = 5_000;

/** Always the lowest ordinal that may be chosen, so that a test can say who is picked. */
const lowestOrdinal: SelectionStrategy = { pick: (pods) => pods[0] };

/** A caller whose store calls are counted and can be broken or held up. */
export interface TestCaller {
  readonly route: StatefulRoute<undefined>;
  readonly rooms: ServiceHandle;
  readonly logged: readonly string[];
  /** The store calls since this was last called. */
  calls(): PortMethod[];
  /** Wraps each store call from now on; without one, none. */
  around(next?: AroundCall): void;
}

/** One store on a manual clock, pods that are no more than their heartbeats, and callers. */
export interface CallerFixture {
  readonly clock: ManualClock;
  readonly executors: Executors;
  /** A heartbeat of a pod; the first one, and one with another incarnation, takes the entry over. */
  beat(podId: number, report?: Partial<PodReport>): Promise<void>;
  /** Another incarnation of the pod, and its first heartbeat. */
  restart(podId: number): Promise<void>;
  /** The pod's present incarnation claims the user. Returns whether it got the user. */
  claim(uid: string, podId: number): Promise<boolean>;
  /** The link in force. */
  link(uid: string): Promise<Link | undefined>;
  caller(options?: Partial<CallerRouteOptions>): TestCaller;
  /** A caller that has loaded the service. */
  startedCaller(options?: Partial<CallerRouteOptions>): Promise<TestCaller>;
}

export async function callerFixture(pods: readonly number[] = [0, 1, 2]): Promise<CallerFixture> {
  const clock = new ManualClock();
  const executors = createMemoryExecutors({ clock });
  const lives = new Map<number, { incarnation: string; seq: number }>();
  let restarts = 0;

  const beat = async (podId: number, report: Partial<PodReport> = {}): Promise<void> => {
    const incarnation = report.incarnation ?? lives.get(podId)?.incarnation ?? `life-${podId}`;
    const known = lives.get(podId);
    const seq = known?.incarnation === incarnation ? known.seq + 1 : 0;
    lives.set(podId, { incarnation, seq });
    await executors.stateful.setServiceState('game', 'room', podId, {
      state: 'READY',
      routingState: 'READY',
      loadState: 0,
      incarnation,
      seq,
      beatenBefore: seq > 0,
      leaseMs: LEASE_MS,
      updatePeriodMs: PERIOD_MS,
      ...report,
    });
  };
  for (const podId of pods) await beat(podId);

  const caller = (options: Partial<CallerRouteOptions> = {}): TestCaller => {
    const calls: PortMethod[] = [];
    const logged: string[] = [];
    let around: AroundCall | undefined;
    const counted = decorateExecutors(executors, (call) => {
      calls.push(call.method);
      return around ? around(call) : call.run(call.options);
    });
    const route = createStatefulRoute({
      executors: counted,
      namespace: 'game',
      services: ['room'],
      clock,
      logger: recordingLogger(logged),
      strategy: lowestOrdinal,
      ...options,
      // Calls that fail are counted; what retries do is tested by itself.
      config: { profile: 'compat', maxRetryCount: 0, ...options.config },
      overrides: { random: seededRandom(1), ...options.overrides },
    });
    return {
      route,
      rooms: route.service('room'),
      logged,
      calls: () => calls.splice(0),
      around: (next) => {
        around = next;
      },
    };
  };

  return {
    clock,
    executors,
    beat,
    restart: (podId) => beat(podId, { incarnation: `life-${podId}-${++restarts}` }),
    claim: async (uid, podId) => {
      const incarnation = lives.get(podId)?.incarnation ?? `life-${podId}`;
      const { linked } = await executors.stateful.trySetLinkedPod(
        'game',
        uid,
        'room',
        podId,
        PERSIST_FOREVER,
        { incarnation },
      );
      return linked;
    },
    link: async (uid) => (await executors.stateful.batchGetLink('game', [uid], 'room')).get(uid),
    caller,
    startedCaller: async (options) => {
      const started = caller(options);
      await started.route.start();
      started.calls();
      return started;
    },
  };
}

function recordingLogger(lines: string[]): Logger {
  const record = (_fields: LogFields, message: string): void => {
    lines.push(message);
  };
  return { debug: record, info: record, warn: record, error: record };
}

/** Fails the calls of these methods, or all, as a store does that cannot be reached. */
export function failing(...methods: readonly PortMethod[]): AroundCall {
  return ({ method, options, run }) =>
    methods.length === 0 || methods.includes(method)
      ? Promise.reject(routeError('STORE_ERROR', 'The store is away.', { operation: method }))
      : run(options);
}

/** Does something once, right before the first call of a method reaches the store. */
export function before(method: PortMethod, act: () => Promise<unknown>): AroundCall {
  let done = false;
  return async (call) => {
    if (call.method === method && !done) {
      done = true;
      await act();
    }
    return call.run(call.options);
  };
}

/** Calls of one method that wait, before or after they reached the store, until they are let go. */
export interface HeldCalls {
  readonly around: AroundCall;
  /** How many have come so far. */
  readonly count: () => number;
  /** Lets those go that wait, and all that come. */
  readonly release: () => void;
}

/** Holds the replies of a method back: each call has reached the store. */
export function holdReplies(method: PortMethod): HeldCalls {
  return hold(method, async (call, released) => {
    const reply = await call.run(call.options);
    await released;
    return reply;
  });
}

/** Holds the calls of a method back: none of them reaches the store yet. */
export function holdCalls(method: PortMethod): HeldCalls {
  return hold(method, async (call, released) => {
    await released;
    return call.run(call.options);
  });
}

function hold(
  method: PortMethod,
  held: (call: PortCall, released: Promise<void>) => Promise<unknown>,
): HeldCalls {
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let count = 0;
  return {
    around: (call) => {
      if (call.method !== method) return call.run(call.options);
      count += 1;
      return held(call, released);
    },
    count: () => count,
    release,
  };
}

/** Lets everything go on that needs no more than promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
