import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import {
  createStatefulRoute,
  type Executors,
  type PodRouteOptions,
  type RouteConfigInput,
  silentLogger,
  type StatefulRoute,
  type StatefulRouteForServerDriver,
} from '@stateful-route/driver';
import type { FastifyInstance } from 'fastify';
import { createGateway, type GatewayOptions } from '../fastify-gateway/gateway.ts';
import { createPodServer } from '../fastify-pod/pod-server.ts';
import { Room, type SavedVisits } from '../room.ts';

interface RunningPod {
  readonly podId: number;
  readonly route: StatefulRoute<StatefulRouteForServerDriver>;
  readonly room: Room;
  readonly app: FastifyInstance;
  readonly url: string;
}

/** A room service in this process: real servers on free ports; its directory is in memory, if no other is given. */
export class RoomService implements AsyncDisposable {
  readonly executors: Executors;
  readonly namespace: string;
  readonly saved: SavedVisits = new Map();
  readonly #addresses = new Map<number, string>();
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor(executors: Executors = createMemoryExecutors(), namespace = 'game') {
    this.executors = executors;
    this.namespace = namespace;
  }

  podOptions(podId: number): PodRouteOptions {
    return { ...this.#place(), serviceName: 'room', podId };
  }

  /** A pod whose users are served by the Fastify example. */
  async startPod(podId: number): Promise<RunningPod> {
    const route = createStatefulRoute(this.podOptions(podId));
    const room = new Room(route.server, this.saved);
    const app = await createPodServer({ podId, route, room });
    this.closeLater(() => app.close());
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    this.reachedAt(podId, url);
    await route.start();
    this.closeLater(() => route.stop({ signal: AbortSignal.abort() }));
    return { podId, route, room, app, url };
  }

  /** A gateway that listens, and its URL. */
  async startGateway(
    options: Omit<GatewayOptions, 'service'> = {},
    config: RouteConfigInput = {},
  ): Promise<{
    readonly route: StatefulRoute<undefined>;
    readonly app: FastifyInstance;
    readonly url: string;
  }> {
    const place = this.#place();
    const route = createStatefulRoute({
      ...place,
      config: { ...place.config, ...config },
      services: ['room'],
      resolveAddress: ({ podId }) => this.#addresses.get(podId),
    });
    await route.start();
    this.closeLater(() => route.stop());
    const app = await createGateway({ service: route.service('room'), ...options });
    this.closeLater(() => app.close());
    return { route, app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
  }

  /** Pods listen on free ports, known only when their routes are made: callers resolve them. */
  reachedAt(podId: number, url: string): void {
    this.#addresses.set(podId, new URL(url).host);
  }

  closeLater(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.toReversed()) await close();
    await this.executors.close();
  }

  #place() {
    return {
      executors: this.executors,
      namespace: this.namespace,
      logger: silentLogger,
      config: { profile: 'realtime' },
    } as const;
  }
}
