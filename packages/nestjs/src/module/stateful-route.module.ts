import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
  Scope,
} from '@nestjs/common';
import {
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
import { routeError } from '@stateful-route/core';
import { invalidConfig } from '@stateful-route/core/adapter';
import {
  createStatefulRoute,
  type Executors,
  type RouteOptions,
  type StatefulRoute,
  type StatefulRouteForServerDriver,
} from '@stateful-route/driver';
import { afterListening } from './after-listening.ts';
import { AttachedToRoute } from './attached-to-route.ts';
import { type AsyncOptions, provideAsync, type StatefulRouteModuleOptions } from './module-options.ts';
import { nestLogger } from './nest-logger.ts';
import { findHandOffListener } from './on-hand-off.ts';
import { OwnedExecutors } from './owned-executors.ts';
import { refuseScoped } from './refuse-scoped.ts';
import {
  injectedServices,
  serviceToken,
  STATEFUL_ROUTE,
  STATEFUL_ROUTE_EXECUTORS,
  STATEFUL_ROUTE_OPTIONS,
  STATEFUL_ROUTE_SERVER,
} from './tokens.ts';

const CONTEXT = 'StatefulRoute';

type AnyRoute = StatefulRoute<StatefulRouteForServerDriver | undefined>;

/**
 * The route of an application, for all its modules. Import it once, by `forRoot` or `forRootAsync`.
 *
 * A pod's starts when the HTTP server listens: `app.listen()` resolves when the pod is published, and rejects if that fails. A
 * caller's, and that of an application without an HTTP server, starts in `onApplicationBootstrap`. It stops in
 * `beforeApplicationShutdown`, before Nest closes the server: the pod hands its users over, and goes on answering "not mine" for
 * one `stateRefreshMs`, until each caller knows. Call `app.enableShutdownHooks()`, so that a signal does that too.
 */
@Module({})
export class StatefulRouteModule
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #logger = new Logger(CONTEXT);
  readonly #route: AnyRoute;
  readonly #executors: OwnedExecutors;
  readonly #attached: AttachedToRoute;
  readonly #adapterHost: HttpAdapterHost;
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;
  #starting: Promise<void> | undefined;
  #isStopping = false;

  /** Made by Nest. */
  constructor(
    @Inject(STATEFUL_ROUTE) route: unknown,
    @Inject(OwnedExecutors) executors: unknown,
    @Inject(AttachedToRoute) attached: unknown,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    this.#route = route as AnyRoute;
    this.#executors = executors as OwnedExecutors;
    this.#attached = attached as AttachedToRoute;
    this.#adapterHost = adapterHost;
    this.#discovery = discovery;
    this.#scanner = scanner;
    refuseSecond(modules);
  }

  /**
   * The route from these options. They are checked when the application is created: `INVALID_CONFIG` with every fault, or
   * `MISSING_DEPENDENCY`.
   */
  static forRoot(options: StatefulRouteModuleOptions): DynamicModule {
    return routeModule({ provide: STATEFUL_ROUTE_OPTIONS, useValue: options });
  }

  /**
   * The route from the options that `useFactory` returns for what `inject` names.
   *
   * @throws `INVALID_CONFIG` with every fault of the arguments.
   */
  static forRootAsync(options: AsyncOptions<StatefulRouteModuleOptions>): DynamicModule {
    return routeModule(...provideAsync(STATEFUL_ROUTE_OPTIONS, options));
  }

  /**
   * Starts the route, if it is not started yet. The module does it by itself; call it only where nothing listens, as in a test
   * that ends at `app.init()`. If it rejects, it may be called again.
   */
  async start(): Promise<void> {
    if (this.#isStopping) throw routeError('NOT_RUNNING', 'The application is closing.', { part: 'route' });
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async onApplicationBootstrap(): Promise<void> {
    const onHandOff = findHandOffListener(this.#discovery, this.#scanner);
    if (onHandOff) this.#attached.saveBy(onHandOff, this.#route.server);
    // Nobody is sent to a caller, so it need not listen; what it serves may need the route.
    const isPod = this.#route.server !== undefined;
    const waits = isPod && afterListening(this.#adapterHost.httpAdapter, () => this.start());
    if (!waits) await this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    try {
      await this.#attached.end();
    } catch (error) {
      // The users are handed over all the same.
      this.#logger.error(`what goes before the route did not end: ${messageOf(error)}`);
    }
    await this.#route.stop();
    if (this.#route.server && this.#starting) await this.#waitForCallers();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#executors.close();
  }

  async #start(): Promise<void> {
    try {
      await this.#route.start();
    } catch (error) {
      this.#starting = undefined;
      this.#logger.error(`the route could not be started: ${messageOf(error)}`);
      throw error;
    }
  }

  /** Most callers know by push that the pod has ended. One that missed the push knows it at its next refresh. */
  #waitForCallers(): Promise<void> {
    const { clock, config } = this.#route.parts;
    return new Promise((resolve) => {
      clock.setTimeout(resolve, config.stateRefreshMs, { keepsAlive: true });
    });
  }
}

function routeModule(options: Provider, imports: DynamicModule['imports'] = []): DynamicModule {
  return {
    module: StatefulRouteModule,
    global: true,
    imports: [DiscoveryModule, ...imports],
    // Nest reads these when it creates the application: by then the classes that inject handles are decorated.
    get providers() {
      return [options, ...routeProviders, ...injectedServices().map(handleProvider)];
    },
    get exports() {
      return [...exported, ...injectedServices().map(serviceToken)];
    },
  };
}

const exported = [
  STATEFUL_ROUTE,
  STATEFUL_ROUTE_OPTIONS,
  STATEFUL_ROUTE_EXECUTORS,
  STATEFUL_ROUTE_SERVER,
  AttachedToRoute,
];

const routeProviders: Provider[] = [
  OwnedExecutors,
  AttachedToRoute,
  refuseScoped('StatefulRouteModule', STATEFUL_ROUTE_OPTIONS),
  {
    provide: STATEFUL_ROUTE_EXECUTORS,
    inject: [OwnedExecutors, STATEFUL_ROUTE_OPTIONS],
    useFactory: (owned: OwnedExecutors, options: StatefulRouteModuleOptions) => owned.make(options),
  },
  {
    provide: STATEFUL_ROUTE,
    inject: [STATEFUL_ROUTE_OPTIONS, STATEFUL_ROUTE_EXECUTORS, OwnedExecutors],
    useFactory: createRoute,
  },
  {
    provide: STATEFUL_ROUTE_SERVER,
    // So that the factory runs only where somebody injects it.
    scope: Scope.TRANSIENT,
    inject: [STATEFUL_ROUTE],
    useFactory: ({ server }: AnyRoute) => {
      if (server) return server;
      throw routeError(
        'MISSING_DEPENDENCY',
        'The server driver is that of a pod; give StatefulRouteModule a podId and a serviceName.',
        { dependency: 'podId' },
      );
    },
  },
];

const handleProvider = (name: string): Provider => ({
  provide: serviceToken(name),
  inject: [STATEFUL_ROUTE],
  useFactory: (route: AnyRoute) => route.service(name),
});

async function createRoute(
  options: StatefulRouteModuleOptions,
  executors: Executors,
  owned: OwnedExecutors,
): Promise<AnyRoute> {
  try {
    return createStatefulRoute({ logger: nestLogger(CONTEXT), ...options, executors } as RouteOptions);
  } catch (error) {
    await owned.close();
    throw error;
  }
}

/** Two would give each other's routes to the application's providers. */
function refuseSecond(modules: ModulesContainer): void {
  const imported = [...modules.values()].filter(({ metatype }) => metatype === StatefulRouteModule);
  if (imported.length < 2) return;
  throw invalidConfig([
    {
      name: 'StatefulRouteModule',
      problem: 'is imported more than once; import it in the root module alone',
    },
  ]);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
