import { type Clock, type Executors, isRouteError } from '@stateful-route/core';
import type { RouteConfigInput } from '@stateful-route/driver';
import {
  type History,
  recordExecutors,
  type TcpProxy,
  type TokenStorage,
  until,
} from '@stateful-route/harness';
import { recordEnd, type WatchedPods, watchFence } from '../lab/fences.ts';
import type { Lab, PodRoute } from '../lab/lab.ts';

/** What a pod of the soak needs. */
export interface SoakPodParts {
  readonly lab: Lab;
  readonly podId: number;
  readonly proxy: TcpProxy;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly clock: Clock;
  readonly history: History;
  readonly storage: TokenStorage;
  readonly watched: WatchedPods;
}

/** A pod that claims users, serves them with their tokens, and can be restarted. */
export class SoakPod {
  readonly podId: number;
  readonly proxy: TcpProxy;
  readonly #parts: SoakPodParts;
  readonly #executors: Executors;
  readonly #tokens = new Map<string, number>();
  #route: PodRoute | undefined;
  #restarting: Promise<void> | undefined;

  constructor(parts: SoakPodParts) {
    const { lab, podId, proxy, history } = parts;
    this.podId = podId;
    this.proxy = proxy;
    this.#parts = parts;
    const recorded = recordExecutors(lab.executors({ url: proxy.url }), history, { by: podId });
    this.#executors = recordEnd(recorded, history, podId);
  }

  get route(): PodRoute | undefined {
    return this.#route;
  }

  /** Starts a process. Retries until it succeeds. */
  async start(): Promise<void> {
    const { lab, podId, namespace, config, clock, history, watched } = this.#parts;
    await until(
      `pod ${podId} starts`,
      async () => {
        const route = await lab.pod(podId, { executors: this.#executors, namespace, config, clock });
        this.#route = route;
        watched.set(podId, route);
        watchFence(history, podId, route);
        route.server.on('unfenced', ({ claims }) => {
          for (const { uid, token } of claims) this.#tokens.set(uid, token);
        });
        return true;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
  }

  /** A rolling update of this pod: it hands its users off, stops, and starts again. */
  restart(): Promise<void> {
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  /**
   * Serves a user's request. Returns whether it was served, or `undefined` if another pod holds the user.
   */
  async serve(uid: string): Promise<boolean | undefined> {
    const server = this.#route?.server;
    if (!server) return undefined;
    const token = this.#tokens.get(uid);
    if (server.holds(uid) && token !== undefined) {
      if (this.#parts.storage.write(uid, this.podId, token)) return true;
      // The storage has seen a greater token of another owner.
      return this.#claim(uid, token + 1);
    }
    return this.#claim(uid);
  }

  async release(uid: string): Promise<void> {
    if (this.#route?.server.holds(uid)) await this.#route.server.release(uid).catch(() => {});
  }

  async #claim(uid: string, minToken?: number): Promise<boolean | undefined> {
    const server = this.#route!.server;
    try {
      const claim = await server.claim(uid, { minToken });
      if (!claim.claimed) return undefined;
      this.#tokens.set(uid, claim.token);
      return server.holds(uid) && this.#parts.storage.write(uid, this.podId, claim.token);
    } catch (error) {
      if (isRouteError(error)) return false;
      throw error;
    }
  }

  async #restart(): Promise<void> {
    const route = this.#route;
    if (!route) return;
    await route.server.drain({ onHandOff: () => {}, deadlineMs: 500 }).catch(() => {});
    this.#route = undefined;
    await route.stop();
    await this.start();
  }
}
