import { createMemoryExecutors, type MemoryExecutors } from '@stateful-route/adapter-memory';
import {
  type DrainOptions,
  type DrainReport,
  type HandOffListener,
  routeError,
  type Unregister,
} from '@stateful-route/core';
import { ManualClock, seededRandom } from '@stateful-route/core/testing';
import { makeGateway, makePod, type TestFleet } from './start-route.ts';
import { checkOwnOptions, checkTestRouteOptions } from './test-route-rules.ts';
import type {
  TestGateway,
  TestGatewayOptions,
  TestPod,
  TestPodOptions,
  TestRouteOptions,
} from './test-route-parts.ts';

/** A service of several pods and callers, started, on one in-memory store and one manual clock. */
export interface TestRoute extends AsyncDisposable {
  readonly clock: ManualClock;
  /** The store of all routes, with its `faults`. */
  readonly executors: MemoryExecutors;
  readonly namespace: string;
  readonly serviceName: string;
  /** By ordinal. After a restart, the latest process of that ordinal. */
  readonly pods: readonly TestPod[];
  readonly gateways: readonly TestGateway[];
  /** The first of the gateways. */
  readonly gateway: TestGateway;

  /** Advances the clock, and runs everything that is due by then. */
  advance(ms: number): Promise<void>;
  /** Scales out: starts a pod on the next ordinal. */
  addPod(options?: TestPodOptions): Promise<TestPod>;
  /** Starts another gateway, with empty caches. */
  addGateway(options?: TestGatewayOptions): Promise<TestGateway>;
  /** Crashes the pod: none of its calls reaches the store any more. Its lease runs on. */
  kill(podId: number): void;
  /** Kills the pod and starts its ordinal again as another process would, with its previous options or with others. */
  restart(podId: number, options?: TestPodOptions): Promise<TestPod>;
  /**
   * The pod refuses new users and waits for its users to leave, or hands them off. Advance the clock to let the drain go on, or
   * reach its deadline.
   */
  drain(podId: number, options?: DrainOptions): Promise<DrainReport>;
  /** Registers the listener that saves users in a hand-off. After a restart a pod has none until it gets one. */
  onHandOff(podId: number, listener: HandOffListener): Unregister;
  /** Stops everything that still runs, and advances the clock as far as that takes. */
  stop(): Promise<void>;
}

/**
 * Makes and starts a service to test against: real drivers, no server, no waiting. Its times are the defaults of
 * `createStatefulRoute`, for example a lease of 15 s.
 *
 * @throws `INVALID_CONFIG` with all faults of the options.
 *
 * @example
 * const route = await createTestRoute({ pods: 3, gateways: 2 });
 * const { podId } = await route.gateway.service('room').locate('ada');
 * route.kill(podId);
 * await route.advance(16_000); // the lease is over: 'ada' will be placed on another pod
 * await route.stop();
 */
export async function createTestRoute(options: TestRouteOptions = {}): Promise<TestRoute> {
  checkTestRouteOptions(options);
  const { namespace = 'test', serviceName = 'room', seed = 1 } = options;
  const { config, strategy, placement, filters } = options;
  const clock = new ManualClock();
  const executors = createMemoryExecutors({ clock });
  let runs = 0;
  const fleet: TestFleet = {
    shared: { namespace, serviceName, config, strategy, placement, filters, clock },
    executors,
    random: seededRandom(seed),
    nextRun: () => (runs += 1),
  };
  const pods: TestPod[] = [];
  const gateways: TestGateway[] = [];
  /** By ordinal: the options of the present process, and the function that kills it. */
  const processes: { readonly options: TestPodOptions; readonly cut: () => void }[] = [];
  const ended: TestPod[] = [];
  /** Restarts of one ordinal take turns: a start that was cut off would wait for a clock that does not move. */
  const turns: Promise<unknown>[] = [];

  const runPod = async (podId: number, own: TestPodOptions): Promise<TestPod> => {
    const { pod, cut } = makePod(fleet, podId, own);
    pods[podId] = pod;
    processes[podId] = { options: own, cut };
    await pod.start();
    return pod;
  };
  const addPod = async (own: TestPodOptions = {}): Promise<TestPod> => {
    checkOwnOptions(own);
    return runPod(pods.length, own);
  };
  const addGateway = async (own: TestGatewayOptions = {}): Promise<TestGateway> => {
    checkOwnOptions(own);
    const gateway = makeGateway(fleet, own);
    gateways.push(gateway);
    await gateway.start();
    return gateway;
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
  const kill = (podId: number): void => {
    podAt(podId);
    processes[podId]!.cut();
  };
  const stop = async (): Promise<void> => {
    const signal = AbortSignal.abort();
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await moveUntil(clock, Promise.all([...ended, ...pods].map((pod) => pod.stop({ signal }))));
    await executors.close();
  };

  for (const own of listOf(options.pods ?? 3)) await addPod(own);
  for (const own of listOf(options.gateways ?? 1)) await addGateway(own);
  return {
    clock,
    executors,
    namespace,
    serviceName,
    pods,
    gateways,
    gateway: gateways[0]!,
    advance: (ms) => clock.advance(ms),
    addPod,
    addGateway,
    kill,
    restart: (podId, own) => {
      const restarted = (turns[podId] ?? Promise.resolve()).then(() => {
        checkOwnOptions(own);
        ended.push(podAt(podId));
        kill(podId);
        return runPod(podId, own ?? processes[podId]!.options);
      });
      turns[podId] = restarted.catch(() => {});
      return restarted;
    },
    drain: async (podId, given) => podAt(podId).server.drain(given),
    onHandOff: (podId, listener) => podAt(podId).server.onHandOff(listener),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function listOf<Options extends object>(
  given: number | readonly Options[],
): readonly (Options | undefined)[] {
  return typeof given === 'number' ? Array.from({ length: given }, () => undefined) : given;
}

/** Advances the clock until the work has ended: retries of a killed pod wait for time. */
async function moveUntil(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  const ending = work.then(() => true);
  const later = (): Promise<boolean> => clock.advance(100).then(() => false);
  for (let ended = false; !ended; ended = await Promise.race([ending, later()]));
}
