import { type Executors, isRouteError, NOT_MINE } from '@stateful-route/core';
import type { RouteConfigInput } from '@stateful-route/driver';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer, TcpProxy, Trial } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { type Lab, SERVICE } from '../lab/lab.ts';
import { isTyped, timed } from '../lab/measures.ts';
import { stackOf } from '@stateful-route/lab/command-line';
import { CheckedStorage } from '../application/checked-storage.ts';
import { HoldWatch } from '../application/hold-watch.ts';
import { RandomPod } from './random-pod.ts';
import { ApplicationFailure } from '../application/rooms.ts';

const NAMESPACE = 'game';
const PODS = 4;
const CALLERS = 2;
const USERS = 12;
const SCOPE_SHARE = 0.2;
const SAVE_SHARE = 0.5;
const WORK_MS = 20;

export const FLEET_LEASE_MS = 1_500;

/** What a random fleet must not show. */
export type Broken = 'twice' | 'lost' | 'misled' | 'untyped' | 'pending' | 'unserved' | 'stray';

/** A fleet on its own Redis, in which each process has its own proxy. */
export class RandomFleet {
  readonly users: readonly string[] = Array.from({ length: USERS }, (_, at) => `user-${at}`);
  readonly storage = new CheckedStorage();
  readonly watch = new HoldWatch(this.users);
  readonly pods: RandomPod[] = [];
  readonly wires: TcpProxy[] = [];
  /** Operations that have not ended. */
  readonly pending = new Set<string>();
  operations = 0;
  readonly #lab: Lab;
  readonly #broken: (what: Broken, line: string) => void;
  readonly #callers: Awaited<ReturnType<Lab['caller']>>[] = [];
  #updates = 0;

  constructor(lab: Lab, broken: (what: Broken, line: string) => void) {
    this.#lab = lab;
    this.#broken = broken;
  }

  async start(server: RedisServer, { random, index }: Trial): Promise<void> {
    const lab = this.#lab;
    const noteRejection = (error: unknown): void => this.#broken('untyped', `unhandled: ${stackOf(error)}`);
    process.on('unhandledRejection', noteRejection);
    lab.defer(() => process.off('unhandledRejection', noteRejection));
    const config: RouteConfigInput = {
      ...shortLease(FLEET_LEASE_MS),
      // In every other fleet users of a dead pod wait for its ordinal.
      ...(index % 2 === 1 && { deadOwner: 'wait', leftover: 'keep' }),
      timeoutMs: 400,
      callTimeoutMs: 5_000,
      drainTimeoutMs: 3_000,
      linkInfoCacheTimeSecs: 2,
    };
    const { storage, watch } = this;
    const shared = { lab, namespace: NAMESPACE, config, storage, watch, random, broken: this.#broken };
    for (let podId = 0; podId < PODS; podId++) {
      const pod = new RandomPod({ ...shared, podId, wire: await this.#wire(server) });
      await pod.start();
      this.pods.push(pod);
    }
    for (let at = 0; at < CALLERS; at++) {
      const { url } = await this.#wire(server);
      const executors = watch.around(lab.executors({ url }), `caller ${at}`);
      this.#callers.push(await lab.caller({ executors, namespace: NAMESPACE, config }));
    }
  }

  /** Runs an operation. Every error must be a `RouteError` or the application's own. Returns whether it succeeded. */
  async operate(what: string, run: () => Promise<unknown>): Promise<boolean> {
    const name = `${what} (${++this.operations})`;
    this.pending.add(name);
    const { error } = await timed(run);
    this.pending.delete(name);
    this.watch.look();
    const isExpected = error === undefined || isTyped(error) || error instanceof ApplicationFailure;
    if (!isExpected) this.#broken('untyped', `${what}: ${stackOf(error)}`);
    return error === undefined;
  }

  /** A user's request through one of the callers. */
  request(callerAt: number, uid: string, draw: () => number): Promise<boolean> {
    const work = {
      uid,
      update: this.#updates++,
      takes: () => sleep(draw() * WORK_MS),
      saves: draw() < SAVE_SHARE,
    };
    const isScope = draw() < SCOPE_SHARE;
    const service = this.#callers[callerAt % CALLERS]!.service(SERVICE);
    return this.operate(`a request for ${uid}`, () =>
      service.call<'done'>(uid, async ({ podId }) => {
        try {
          return await this.pods[podId]!.serve(work, isScope);
        } catch (error) {
          // A pod that cannot claim answers that the user is not its own.
          if (isRouteError(error)) return NOT_MINE;
          throw error;
        }
      }),
    );
  }

  /** Claims in the directory that their pod does not hold. */
  async strays({ stateful }: Executors): Promise<string[]> {
    const links = await stateful.batchGetLink(NAMESPACE, this.users, SERVICE);
    return [...links].flatMap(([uid, { podId, permanent, token }]) =>
      permanent && !this.pods[podId]?.route?.server.holds(uid)
        ? [`${uid} of pod ${podId}, token ${token}`]
        : [],
    );
  }

  async #wire(server: RedisServer): Promise<TcpProxy> {
    const wire = await this.#lab.proxy(server);
    this.wires.push(wire);
    return wire;
  }
}
