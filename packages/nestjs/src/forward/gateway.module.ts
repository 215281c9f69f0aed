import type { Server } from 'node:http';
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { invalidConfig } from '@stateful-route/core/adapter';
import { createGateway, type Gateway } from '@stateful-route/gateway';
import type { StatefulRoute } from '@stateful-route/driver';
import { AttachedToRoute } from '../module/attached-to-route.ts';
import { type AsyncOptions, provideAsync } from '../module/module-options.ts';
import { nestLogger } from '../module/nest-logger.ts';
import { refuseScoped } from '../module/refuse-scoped.ts';
import { STATEFUL_ROUTE } from '../module/tokens.ts';
import { takeBeforeNest } from './before-nest.ts';
import { forwards, type GatewayModuleOptions } from './gateway-module-options.ts';
import { STATEFUL_ROUTE_GATEWAY } from './inject-gateway.ts';

const GATEWAY_OPTIONS = Symbol('STATEFUL_ROUTE_GATEWAY_OPTIONS');

/**
 * Forwards requests and WebSockets of the application's HTTP server to the pod that has the user, on Express and on Fastify. It
 * needs `StatefulRouteModule`. When the application closes, the gateway ends first: it refuses what is new, and ends its sockets
 * over `closeSpreadMs`.
 */
@Module({})
export class GatewayModule implements OnApplicationBootstrap {
  readonly #gateway: Gateway;
  readonly #options: GatewayModuleOptions;
  readonly #adapterHost: HttpAdapterHost;

  /** Made by Nest. */
  constructor(
    @Inject(STATEFUL_ROUTE_GATEWAY) gateway: unknown,
    @Inject(GATEWAY_OPTIONS) options: unknown,
    @Inject(AttachedToRoute) attached: unknown,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
  ) {
    this.#gateway = gateway as Gateway;
    this.#options = options as GatewayModuleOptions;
    this.#adapterHost = adapterHost;
    (attached as AttachedToRoute).add('GatewayModule');
    (attached as AttachedToRoute).endBefore(() => this.#gateway.close());
  }

  /** The gateway from these options. They are checked when the application is created: `INVALID_CONFIG` with every fault. */
  static forRoot(options: GatewayModuleOptions): DynamicModule {
    return gatewayModule({ provide: GATEWAY_OPTIONS, useValue: options });
  }

  /**
   * The gateway from the options that `useFactory` returns for what `inject` names.
   *
   * @throws `INVALID_CONFIG` with every fault of the arguments.
   */
  static forRootAsync(options: AsyncOptions<GatewayModuleOptions>): DynamicModule {
    return gatewayModule(...provideAsync(GATEWAY_OPTIONS, options));
  }

  onApplicationBootstrap(): void {
    const adapter = this.#adapterHost.httpAdapter;
    const server = adapter?.getHttpServer?.() as Server | undefined;
    if (!server) {
      throw invalidConfig([{ name: 'GatewayModule', problem: 'needs an application with an HTTP server' }]);
    }
    takeBeforeNest(adapter, server, this.#gateway, forwards(this.#options.forward));
  }
}

function gatewayModule(options: Provider, imports: DynamicModule['imports'] = []): DynamicModule {
  return {
    module: GatewayModule,
    global: true,
    imports,
    providers: [
      options,
      refuseScoped('GatewayModule', GATEWAY_OPTIONS),
      {
        provide: STATEFUL_ROUTE_GATEWAY,
        inject: [STATEFUL_ROUTE, GATEWAY_OPTIONS],
        useFactory: (route: StatefulRoute<undefined>, given: GatewayModuleOptions): Gateway => {
          const { forward, ...others } = given;
          forwards(forward);
          return createGateway(route, {
            clock: route.parts.clock,
            logger: nestLogger('StatefulRouteGateway'),
            ...others,
          });
        },
      },
    ],
    exports: [STATEFUL_ROUTE_GATEWAY],
  };
}
