/**
 * The driver as a NestJS module: published when the application listens, ended before it closes.
 *
 * `onApplicationBootstrap` would be too early, for Nest runs it before `listen`. What comes after is the adapter host's
 * `listen$`. At the other end Nest runs `beforeApplicationShutdown` of every module, and only then closes the server: the
 * pod's users are handed over, and the pod ends, while requests are still answered.
 */
import { type BeforeApplicationShutdown, type DynamicModule, Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  createStatefulRoute,
  type PodRouteOptions,
  type StatefulRoute,
  type StatefulRouteForServerDriver,
} from '@stateful-route/driver';
import { firstValueFrom } from 'rxjs';
import { callersHear } from '../callers-hear.ts';

export type PodRoute = StatefulRoute<StatefulRouteForServerDriver>;

/** Injects the pod's route: `@Inject(POD_ROUTE) route: PodRoute`. */
export const POD_ROUTE: unique symbol = Symbol('POD_ROUTE');
export const POD_ID: unique symbol = Symbol('POD_ID');

@Module({})
export class StatefulRouteModule implements BeforeApplicationShutdown {
  /** Resolves when callers know of this pod. Await it after `listen`: where it rejects, the pod serves nobody. */
  readonly started: Promise<void>;
  readonly #route: PodRoute;

  constructor(@Inject(POD_ROUTE) route: PodRoute, @Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#route = route;
    this.started = firstValueFrom(host.listen$).then(() => route.start());
  }

  static forPod(options: PodRouteOptions): DynamicModule {
    return {
      module: StatefulRouteModule,
      global: true,
      providers: [
        { provide: POD_ROUTE, useFactory: () => createStatefulRoute(options) },
        { provide: POD_ID, useValue: options.podId },
      ],
      exports: [POD_ROUTE, POD_ID],
    };
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#route.stop();
    await callersHear();
  }
}
