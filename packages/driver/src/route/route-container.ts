import { randomBytes } from 'node:crypto';
import {
  consoleLogger,
  type DrainOptions,
  type Executors,
  type SelectionStrategy,
  strategies,
  type StrategyName,
  systemClock,
} from '@stateful-route/core';
import { decorateExecutors, LimitedLogger } from '@stateful-route/core/adapter';
import { container as root, type DependencyContainer } from 'tsyringe';
import { ClientDriver } from '../caller/client-driver.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { aroundStoreCalls } from '../store/around-store-calls.ts';
import { StoreHealth } from '../store/store-health.ts';
import { noProbe } from '../pod/life/load-probe.ts';
import { ServerDriver } from '../pod/server-driver.ts';
import { EventManager } from '../service/event-manager.ts';
import { PodPicker } from '../service/pod-picker.ts';
import { ServiceStateCache } from '../service/service-state-cache.ts';
import { RouteInfoDriverImpl } from '../caller/route-info-driver-impl.ts';
import type { RouteOverrides, RouteParts, RoutePlace } from './route-parts.ts';
import { tokens } from '../wiring/tokens.ts';

/** What a container is made of. */
export interface RouteContainerInput {
  readonly place: RoutePlace;
  readonly config: RouteConfig;
  readonly executors: Executors;
  readonly strategy?: StrategyName | SelectionStrategy | undefined;
  readonly drain?: DrainOptions | undefined;
  readonly overrides?: RouteOverrides | undefined;
}

type PartClass = new (...dependencies: never[]) => unknown;

const classes = {
  eventManager: EventManager,
  podPicker: PodPicker,
  stateCache: ServiceStateCache,
  storeHealth: StoreHealth,
  routeInfo: RouteInfoDriverImpl,
  client: ClientDriver,
  server: ServerDriver,
} as const satisfies { readonly [Part in keyof RouteParts]?: PartClass };

/** The parts of one route, each resolved when first asked for, and once. */
export class RouteContainer {
  readonly #container: DependencyContainer = root.createChildContainer();

  constructor({
    place,
    config,
    executors,
    strategy = 'power-of-two',
    drain = {},
    overrides = {},
  }: RouteContainerInput) {
    const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
    const values: Partial<RouteParts> = {
      place,
      config,
      clock: systemClock,
      logger: consoleLogger(config.logLevel),
      random: Math.random,
      newIncarnation,
      strategy: typeof strategy === 'string' ? strategies[strategy] : strategy,
      resolveAddress: () => undefined,
      loadProbe: noProbe,
      drain,
    };
    for (const [part, value] of [...Object.entries(values), ...Object.entries(classes), ...given]) {
      this.#register(part as keyof RouteParts, value);
    }
    this.#register('limitedLogger', new LimitedLogger(this.get('logger'), this.get('clock')));
    this.#registerExecutors(executors, new Set(given.map(([part]) => part)));
  }

  get<Part extends keyof RouteParts>(part: Part): RouteParts[Part] {
    return this.#container.resolve(tokens[part]);
  }

  #register(part: keyof RouteParts, value: unknown): void {
    if (isClass(value)) this.#container.registerSingleton(tokens[part], value as never);
    else this.#container.register(tokens[part], { useValue: value });
  }

  /** Whatever the ports are, the route's deadline, health and telemetry stand around each of their calls. */
  #registerExecutors(executors: Executors, overridden: ReadonlySet<string>): void {
    const ports = {
      stateful: overridden.has('statefulExecutor') ? this.get('statefulExecutor') : executors.stateful,
      server: overridden.has('serverExecutor') ? this.get('serverExecutor') : executors.server,
      feed: overridden.has('stateFeed') ? this.get('stateFeed') : executors.feed,
      close: () => executors.close(),
    };
    const around = aroundStoreCalls(
      this.get('config'),
      this.get('clock'),
      this.get('storeHealth'),
      this.get('random'),
    );
    const { stateful, server, feed } = decorateExecutors(ports, around);
    this.#register('statefulExecutor', stateful);
    this.#register('serverExecutor', server);
    this.#register('stateFeed', feed);
  }
}

/** 72 bits are enough to tell one pod's lives apart, and as short as that they fit beside the token of each claim. */
function newIncarnation(): string {
  return randomBytes(9).toString('base64url');
}

/** A class is told from a function that is a value by its source text: there is no other sign at run time. */
function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
