import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import {
  decorateExecutors,
  type DrainReport,
  type Executors,
  ManualClock,
  routeError,
  seededRandom,
  type SelectionStrategy,
  silentLogger,
  type StatefulRouteForServerDriver,
  type StrategyName,
} from '@stateful-route/core';
import { createStatefulRoute, type RouteConfigInput, type StatefulRoute } from '@stateful-route/driver';

/** How a test's service looks. */
export interface TestRouteOptions {
  /** How many pods, numbered from 0. Default 3. */
  readonly pods?: number | undefined;
  readonly namespace?: string | undefined;
  readonly serviceName?: string | undefined;
  readonly config?: RouteConfigInput | undefined;
  readonly strategy?: StrategyName | SelectionStrategy | undefined;
  /** What chance is drawn from, so that a test repeats. Default 1. */
  readonly seed?: number | undefined;
}

/** A pod's route. */
export type TestPod = StatefulRoute<StatefulRouteForServerDriver>;

/** A service of several pods and a caller, started, on one in-memory store and one manual clock. */
export interface TestRoute extends AsyncDisposable {
  readonly clock: ManualClock;
  /** The store behind all of them. */
  readonly executors: Executors;
  readonly namespace: string;
  readonly serviceName: string;
  /** By ordinal. */
  readonly pods: readonly TestPod[];
  readonly gateway: StatefulRoute<undefined>;

  /** The pod dies without a word: nothing it does reaches the store any more. Its lease runs on. */
  kill(podId: number): void;
  /** The pod refuses new users and waits for its users to leave; advance the clock to let it run out of time. */
  drain(podId: number): Promise<DrainReport>;
  /** Starts the ordinal anew, as another process would. */
  restart(podId: number): Promise<TestPod>;
  /** Stops everything that still runs; moves the clock as far as that takes. */
  stop(): Promise<void>;
}

/**
 * Makes and starts a service to test against: real drivers, no server, no waiting.
 *
 * @example
 * const route = await createTestRoute({ pods: 3 });
 * const { podId } = await route.gateway.service('room').locate('ada');
 * route.kill(podId);
 * await route.clock.advance(301_000); // the lease is over: 'ada' will be placed on another pod
 * await route.stop();
 */
export async function createTestRoute({
  pods: count = 3,
  namespace = 'test',
  serviceName = 'room',
  config,
  strategy,
  seed = 1,
}: TestRouteOptions = {}): Promise<TestRoute> {
  const clock = new ManualClock();
  const executors = createMemoryExecutors({ clock });
  const random = seededRandom(seed);
  const shared = { namespace, serviceName, config, strategy, clock, logger: silentLogger };
  const pods: TestPod[] = [];
  const cuts: (() => void)[] = [];
  let runs = 0;

  const startPod = async (podId: number): Promise<TestPod> => {
    const line = cuttable(executors);
    // Of two runs that start in the same ms the one with the greater id is the later one.
    const newIncarnation = (): string => `${podId}-${String((runs += 1)).padStart(9, '0')}`;
    const overrides = { random, newIncarnation };
    const pod = createStatefulRoute({ ...shared, executors: line.executors, podId, overrides });
    await pod.start();
    pods[podId] = pod;
    cuts[podId] = line.cut;
    return pod;
  };
  for (let podId = 0; podId < count; podId++) await startPod(podId);
  const gateway = createStatefulRoute({ ...shared, executors, overrides: { random } });
  await gateway.start();

  const stop = async (): Promise<void> => {
    await gateway.stop();
    const signal = AbortSignal.abort();
    await moveUntil(clock, Promise.all(pods.map((pod) => pod.stop({ signal }))));
    await executors.close();
  };
  const podAt = (podId: number): TestPod => {
    const pod = pods[podId];
    if (pod) return pod;
    throw routeError('POD_NOT_FOUND', `There is no pod ${podId} in this test.`, {
      namespace,
      serviceName,
      podId,
    });
  };
  return {
    clock,
    executors,
    namespace,
    serviceName,
    pods,
    gateway,
    kill: (podId) => {
      podAt(podId);
      cuts[podId]!();
    },
    drain: (podId) => podAt(podId).server.drain(),
    restart: (podId) => {
      podAt(podId);
      cuts[podId]!();
      return startPod(podId);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Moves the clock until the work has ended: what a killed pod tries again waits for time. */
async function moveUntil(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  const ending = work.then(() => true);
  const later = (): Promise<boolean> => clock.advance(100).then(() => false);
  for (let ended = false; !ended; ended = await Promise.race([ending, later()]));
}

/** Executors whose calls fail, before they reach the store, once they are cut. */
function cuttable(executors: Executors): { readonly executors: Executors; readonly cut: () => void } {
  let isCut = false;
  return {
    executors: decorateExecutors(executors, ({ method, options, run }) =>
      isCut
        ? Promise.reject(routeError('STORE_ERROR', 'This pod was killed.', { operation: method }))
        : run(options),
    ),
    cut: () => {
      isCut = true;
    },
  };
}
