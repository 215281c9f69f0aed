import { createTestRoute, type TestRoute, type TestRouteOptions } from '@stateful-route/testkit/test-route';
import { createHost } from '@stateful-route/host';
import type { CloseContext, Host, HostOptions } from '@stateful-route/host';
import { afterEach } from 'vitest';

/** What a test keeps of a user: how often it was used. */
export interface Visits {
  count: number;
}

/** What is kept outside of the pods: refuses smaller tokens. */
class TestStorage {
  readonly stored = new Map<string, { token: number; count: number }>();
  readonly log: string[] = [];

  load(uid: string, token: number): Visits {
    const known = this.stored.get(uid);
    this.stored.set(uid, { token, count: known?.count ?? 0 });
    return { count: known?.count ?? 0 };
  }

  store(uid: string, token: number, state: Visits): void {
    this.log.push(`${uid} ${state.count}`);
    this.stored.set(uid, { token, count: state.count });
  }
}

/** A fleet with one host for each pod, on one storage. */
export interface HostFleet {
  readonly route: TestRoute;
  readonly storage: TestStorage;
  readonly hosts: Host<Visits>[];
  /** The calls of `close`, in order. */
  readonly closed: CloseContext<Visits>[];
  readonly host: Host<Visits>;
}

const running: TestRoute[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((route) => route.stop()));
});

/** Starts a fleet of pods, each with a host of these options. */
export async function hostFleet(
  options: Partial<HostOptions<Visits>> = {},
  routeOptions: TestRouteOptions = { pods: 1 },
): Promise<HostFleet> {
  const route = await createTestRoute(routeOptions);
  running.push(route);
  const storage = new TestStorage();
  const closed: CloseContext<Visits>[] = [];
  const hosts = route.pods.map((pod) =>
    createHost<Visits>(pod, {
      open: ({ uid, token }) => storage.load(uid, token),
      save: ({ uid, token, state }) => storage.store(uid, token, state),
      close: (context) => {
        closed.push(context);
      },
      clock: route.clock,
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      ...options,
    }),
  );
  return { route, storage, hosts, closed, host: hosts[0]! };
}

/** A promise that a test settles. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** Runs everything that is due now. */
export async function settled(route: TestRoute): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await route.advance(0);
}

/** The state of a promise: its value once it is settled. */
export function watch<T>(promise: Promise<T>): { value?: T; error?: unknown; isOver: boolean } {
  const watched: { value?: T; error?: unknown; isOver: boolean } = { isOver: false };
  promise.then(
    (value) => Object.assign(watched, { value, isOver: true }),
    (error: unknown) => Object.assign(watched, { error, isOver: true }),
  );
  return watched;
}

/** A call of {@link gatedSaves}' `save`. */
interface GatedSave {
  readonly uid: string;
  readonly count: number;
  readonly signal: AbortSignal;
  readonly saved: Gate;
}

/** A `save` whose calls are kept, and end when the test says so. */
export function gatedSaves(): {
  readonly saves: readonly GatedSave[];
  readonly save: HostOptions<Visits>['save'];
} {
  const saves: GatedSave[] = [];
  return {
    saves,
    save: ({ uid, state, signal }) => {
      const saved = gate();
      saves.push({ uid, count: state.count, signal, saved });
      return saved.promise;
    },
  };
}
