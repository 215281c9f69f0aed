/**
 * The driver as a NestJS module. It starts when the application listens, and stops before the application closes.
 *
 * `onApplicationBootstrap` would be too early, as Nest runs it before `listen`; `listen$` of the adapter host comes after it. At
 * the end Nest runs `beforeApplicationShutdown` of every module before it closes the server, so requests are still answered
 * while the pod hands its users over.
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
import { waitForCallers } from '../wait-for-callers.ts';

export type PodRoute = StatefulRoute<StatefulRouteForServerDriver>;

/** Injects the pod's route: `@Inject(POD_ROUTE) route: PodRoute`. */
export const POD_ROUTE: unique symbol = Symbol('POD_ROUTE');
export const POD_ID: unique symbol = Symbol('POD_ID');

@Module({})
export class StatefulRouteModule implements BeforeApplicationShutdown {
  /** Resolves when the pod is published. Await it after `listen`: if it rejects, the pod serves nobody. */
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
    await waitForCallers();
  }
}
