// How users who compile with `exactOptionalPropertyTypes` make, use and test routes.
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import {
  type CallOptions,
  type ClaimOptions,
  createStatefulRoute,
  type DrainOptions,
  eventLoopProbe,
  fromEnv,
  type HandOffUser,
  headlessDns,
  isRouteError,
  NOT_MINE,
  type PodRouteOptions,
  RouteDriverFactory,
  type RouteConfigInput,
  type RouteOverrides,
  type StatefulRoute,
  type StatefulRouteForServerDriver,
  withBaseConfig,
  withExecutors,
  withLinkInfoCacheTime,
} from '@stateful-route/driver';
import { createTestRoute, type TestPodOptions } from '@stateful-route/testkit/test-route';

const executors = createMemoryExecutors({ clock: undefined });
const shared = { executors, namespace: 'game', serviceName: 'room' };

declare const someday: {
  readonly podId: number | undefined;
  readonly address: string | undefined;
  readonly config: RouteConfigInput | undefined;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly overrides: RouteOverrides | undefined;
};

// A pod, a caller, and what is known only when the program runs.
const pod: StatefulRoute<StatefulRouteForServerDriver> = createStatefulRoute({ ...shared, podId: 0 });
const caller: StatefulRoute<undefined> = createStatefulRoute({ executors, namespace: 'game' });
const either: StatefulRoute<StatefulRouteForServerDriver | undefined> = createStatefulRoute({
  ...shared,
  podId: someday.podId,
});
export const isPod: boolean = either.server?.holds('ada') ?? false;
export const never: undefined = caller.server;
createStatefulRoute({ executors, ...fromEnv(process.env, { serviceName: undefined }) }).server.held();
// @ts-expect-error a pod has a service
createStatefulRoute({ executors, namespace: 'game', podId: 0 });
// @ts-expect-error a name that is unknown
createStatefulRoute({ ...shared, podId: 0, adress: 'a' });

// Whatever may be left out may be undefined.
createStatefulRoute({
  ...shared,
  ...someday,
  strategy: undefined,
  clock: undefined,
  logger: undefined,
  services: undefined,
  resolveAddress: headlessDns({ port: 8080, governingService: undefined, clusterDomain: undefined }),
  loadProbe: someday.podId === undefined ? undefined : eventLoopProbe({ full: 200 }),
  drain: { onHandOff: undefined, ratePerSecond: undefined, deadlineMs: someday.timeoutMs },
  overrides: { random: undefined, newIncarnation: () => 'a', ...someday.overrides },
});
const call: CallOptions = { timeoutMs: someday.timeoutMs, signal: someday.signal };
const claim: ClaimOptions = { ...call, minToken: undefined };

// A listener that needs the route: registered once that is there, or a function that says what it returns.
const save = async ({ uid, podId, token }: HandOffUser): Promise<void> => {
  await Promise.resolve([uid, podId, token, pod.server.holds(uid)]);
};
pod.server.onHandOff(({ uid }) =>
  save({ uid, podId: 1, token: 1, timeoutMs: 5_000, signal: AbortSignal.abort() }),
);
pod.server.onHandOff(save);
const saving = createStatefulRoute({
  ...shared,
  podId: 1,
  drain: {
    onHandOff: async ({ uid }): Promise<void> => {
      await saving.service('room').locate(uid);
    },
  },
});
const drain: DrainOptions = { onHandOff: save, signal: someday.signal };
const options: PodRouteOptions = { ...shared, podId: 2, drain, address: someday.address };

export async function use(): Promise<string> {
  await using route = createStatefulRoute(options);
  await route.start({ signal: someday.signal });
  const rooms = route.service('room');
  const reply: string | number = await rooms.call(
    'ada',
    async (found, signal) => (signal.aborted ? NOT_MINE : (found.address ?? found.podId)),
    call,
  );
  const claimed = await route.server.claim('ada', claim);
  if (!claimed.claimed) return `${claimed.why} ${claimed.podId ?? 'nobody'}`;
  try {
    await route.server.drain({ ...drain, concurrency: undefined });
    await route.server.handOff({ count: 1, filter: undefined }, { to: undefined });
    await route.server.release('ada', { keepSeconds: undefined });
  } catch (error) {
    if (isRouteError(error, 'POD_NOT_AVAILABLE')) return `${error.retryAfterMs + claimed.token}`;
    if (isRouteError(error, 'INVALID_PARAMETER')) return error.faults.map(({ name }) => name).join();
  }
  return `${reply}`;
}

export const info = new RouteDriverFactory(undefined).createRouteInfoDriverWithOptions(
  withExecutors(executors),
  withBaseConfig({ profile: undefined, timeoutMs: someday.timeoutMs }),
  withLinkInfoCacheTime(10),
);

export async function test(own: TestPodOptions | undefined): Promise<void> {
  await using route = await createTestRoute({
    pods: [{ address: someday.address }],
    gateways: 2,
    seed: undefined,
  });
  await route.addPod(own);
  await route.restart(0, own);
  await route.drain(0, undefined);
}
