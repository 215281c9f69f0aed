import assert from 'node:assert/strict';
import {
  isAvailable,
  isRoutable,
  isRouteError,
  type ServiceHandle,
  silentLogger,
} from '@stateful-route/core';
import { ageMsOf, ownerLease } from '@stateful-route/core/adapter';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import * as fc from 'fast-check';
import { it } from 'vitest';
import { createStatefulRoute } from '../../src/index.ts';

const PODS = 3;
const uids = ['ada', 'bob', 'eve', 'joe'] as const;

/** What can happen to a service, each with the pod or the user that it happens to. */
type Happening =
  | { readonly does: 'locate' | 'forget' | 'race' | 'serve'; readonly uid: string }
  | { readonly does: 'claim' | 'release'; readonly uid: string; readonly podId: number }
  | { readonly does: 'kill' | 'restart' | 'stop' | 'drain' | 'resume' | 'falter'; readonly podId: number }
  | { readonly does: 'advance'; readonly ms: number };

const uid = fc.constantFrom(...uids);
const podId = fc.integer({ min: 0, max: PODS - 1 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constantFrom('locate', 'race', 'serve'), uid }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('forget'), uid }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('claim', 'release'), uid, podId }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('kill', 'restart', 'stop', 'drain', 'resume', 'falter'),
      podId,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('advance'), ms: fc.integer({ min: 1, max: 20_000 }) }),
  },
);

/** A service under test, two callers, and which of its processes still run. */
class World {
  readonly #route: TestRoute;
  readonly #rooms: readonly ServiceHandle[];
  readonly #running = new Set<number>(Array.from({ length: PODS }, (_, each) => each));

  constructor(route: TestRoute, rooms: readonly ServiceHandle[]) {
    this.#route = route;
    this.#rooms = rooms;
  }

  async let(what: Happening): Promise<void> {
    const { clock, pods } = this.#route;
    switch (what.does) {
      case 'locate':
        await this.#locate(this.#rooms[0]!, what.uid);
        break;
      case 'forget':
        for (const rooms of this.#rooms) rooms.forget(what.uid);
        break;
      case 'race':
        await this.#race(what.uid);
        break;
      case 'serve':
        await this.#serve(what.uid);
        break;
      case 'claim':
        if (this.#running.has(what.podId)) await pods[what.podId]!.server.claim(what.uid);
        break;
      case 'release':
        if (this.#running.has(what.podId)) await pods[what.podId]!.server.release(what.uid);
        break;
      case 'kill':
        this.#route.kill(what.podId);
        this.#running.delete(what.podId);
        break;
      case 'restart':
        await this.#route.restart(what.podId);
        this.#running.add(what.podId);
        break;
      case 'stop':
        await this.#stop(what.podId);
        this.#running.delete(what.podId);
        break;
      case 'drain':
        if (this.#running.has(what.podId)) {
          await pods[what.podId]!.server.drain({ signal: AbortSignal.abort() });
        }
        break;
      case 'resume':
        if (this.#running.has(what.podId)) {
          await pods[what.podId]!.server.setRoutingState('READY');
          await pods[what.podId]!.server.setServiceState('READY');
        }
        break;
      case 'falter':
        if (this.#running.has(what.podId)) await pods[what.podId]!.server.setServiceState('NOT_READY');
        break;
      case 'advance':
        await clock.advance(what.ms);
        break;
    }
    // What was pushed arrives.
    await clock.advance(0);
  }

  /** Of the processes that run at most one holds a user, and it is the one that the store names. */
  async check(): Promise<void> {
    for (const each of uids) {
      const holders = [...this.#running].filter((at) => this.#route.pods[at]!.server.holds(each));
      assert.ok(holders.length <= 1, `${each} is held by ${holders.join(' and ')}`);
      if (holders.length === 1) {
        const link = await this.#link(each);
        assert.deepEqual([link?.podId, link?.permanent], [holders[0], true]);
      }
    }
  }

  /** What a killed pod tries again waits for time. */
  async #stop(podId: number): Promise<void> {
    const { clock, pods } = this.#route;
    const stopping = pods[podId]!.stop({ signal: AbortSignal.abort() }).then(() => true);
    const later = (): Promise<boolean> => clock.advance(100).then(() => false);
    for (let ended = false; !ended; ended = await Promise.race([stopping, later()]));
  }

  /** Every new lookup of a user returns the same pod, which is the one that holds the user. */
  async #race(of: string): Promise<void> {
    for (const rooms of this.#rooms) rooms.forget(of);
    const answers = await Promise.all(this.#rooms.map((rooms) => this.#locate(rooms, of)));
    assert.equal(answers[1], answers[0]);
    const holder = [...this.#running].find((at) => this.#route.pods[at]!.server.holds(of));
    if (answers[0] === undefined) return;
    if (holder !== undefined) assert.equal(answers[0], holder);
    assert.equal((await this.#link(of))?.podId, answers[0]);
  }

  /** A request: the pod that is located serves the user, if it runs and may. */
  async #serve(of: string): Promise<void> {
    const at = await this.#locate(this.#rooms[0]!, of);
    if (at === undefined || !this.#running.has(at)) return;
    const { server } = this.#route.pods[at]!;
    const claim = await server.claim(of);
    if (!claim.claimed) this.#rooms[0]!.forget(of);
    assert.equal(server.holds(of), claim.claimed);
  }

  /** The returned pod, which is available by the store's clock; `undefined` for a justified refusal. */
  async #locate(rooms: ServiceHandle, of: string): Promise<number | undefined> {
    const { executors, namespace, serviceName } = this.#route;
    const outcome = await rooms.locate(of).catch((error: unknown) => error);
    const read = await executors.stateful.getServiceState(namespace, serviceName);
    const views = [...read.pods.values()].map((pod) => ({ pod, ageMs: ageMsOf(pod, read.storeTime) }));
    if (isRouteError(outcome, 'SERVICE_NOT_READY')) {
      assert.deepEqual(
        views.filter(({ pod, ageMs }) => isRoutable(pod, ageMs)),
        [],
      );
      return undefined;
    }
    if (isRouteError(outcome, 'POD_NOT_AVAILABLE')) {
      const link = await this.#link(of);
      assert.deepEqual([link?.podId, link?.permanent], [outcome.podId, true]);
      const lease = ownerLease(read, link.podId!, {
        ownerLeaseMs: link?.ownerLeaseMs,
        readerLeaseMs: 15_000,
      });
      assert.equal(lease.over, false);
      return undefined;
    }
    if (outcome instanceof Error) throw outcome;
    const { podId: reported } = outcome as { podId: number };
    const available = views.filter(({ pod, ageMs }) => isAvailable(pod, ageMs)).map(({ pod }) => pod.podId);
    assert.ok(
      available.includes(reported),
      `${of} is sent to ${reported}; available: ${available.join(', ')}`,
    );
    return reported;
  }

  #link(of: string) {
    const { executors, namespace, serviceName } = this.#route;
    return executors.stateful.getLink(namespace, of, serviceName);
  }
}

it('whatever happens, no two pods hold a user, and no user is routed to a dead pod', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 1_000 }),
      async (happenings, seed) => {
        await using route = await createTestRoute({ pods: PODS, seed, config: { profile: 'realtime' } });
        const { executors, clock, namespace, serviceName } = route;
        const other = createStatefulRoute({
          executors,
          clock,
          namespace,
          services: [serviceName],
          config: { profile: 'realtime' },
          logger: silentLogger,
        });
        await other.start();
        const world = new World(route, [route.gateway.service(serviceName), other.service(serviceName)]);
        for (const what of happenings) {
          await world.let(what);
          await world.check();
        }
        await other.stop();
      },
    ),
    { numRuns: 50 },
  );
}, 300_000);
