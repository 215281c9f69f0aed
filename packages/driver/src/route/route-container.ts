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
import { RouteInfoDriverImpl } from '../caller/route-info-driver-impl.ts';
import { type Rebalance, rebalancePlan } from '../config/rebalance.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { noProbe } from '../pod/life/load-probe.ts';
import { ServerDriver } from '../pod/server-driver.ts';
import { RoutingStateEvents } from '../service/event-manager.ts';
import type { PlacementOptions } from '../service/placements.ts';
import { ServiceRegistry } from '../service/service-registry.ts';
import { aroundStoreCalls, StoreCallHealth } from '../store/store-calls.ts';
import { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import type { RoutePlace } from '../wiring/place.ts';
import { internalTokens, tokens } from '../wiring/tokens.ts';
import type { InternalParts, RouteOverrides } from './route-parts.ts';

/** What a container is made of. */
export interface RouteContainerInput {
  readonly place: RoutePlace;
  readonly config: RouteConfig;
  readonly executors: Executors;
  readonly strategy?: StrategyName | SelectionStrategy | undefined;
  readonly placement?: PlacementOptions | undefined;
  readonly rebalance?: Rebalance | undefined;
  readonly movable?: ((uid: string) => boolean) | undefined;
  readonly drain?: DrainOptions | undefined;
  readonly overrides?: RouteOverrides | undefined;
}

type PartClass = new (...dependencies: never[]) => unknown;

const classes = {
  eventManager: RoutingStateEvents,
  stateCache: ServiceRegistry,
  storeHealth: StoreCallHealth,
  telemetry: RouteTelemetry,
  routeInfo: RouteInfoDriverImpl,
  locator: ClientDriver,
  server: ServerDriver,
} as const satisfies { readonly [Part in keyof InternalParts]?: PartClass };

const allTokens: { readonly [Part in keyof InternalParts]: symbol } = { ...tokens, ...internalTokens };

/** The parts of one route. Each is made when it is first needed, once. */
export class RouteContainer {
  readonly #container: DependencyContainer = root.createChildContainer();

  constructor({
    place,
    config,
    executors,
    strategy = 'power-of-two',
    placement = {},
    rebalance,
    movable,
    drain = {},
    overrides = {},
  }: RouteContainerInput) {
    const rebalancing = { rebalance: rebalancePlan(rebalance, config), movable };
    const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
    const values: Partial<InternalParts> = {
      place,
      config,
      clock: systemClock,
      logger: consoleLogger(config.logLevel),
      random: Math.random,
      newIncarnation,
      strategy: typeof strategy === 'string' ? strategies[strategy] : strategy,
      resolveAddress: () => undefined,
      loadProbe: noProbe,
      placement: { updateStallMs: rebalancing.rebalance.updateStallMs, ...placement },
      rebalancing,
      drain,
    };
    this.#container.register(tokens.client, { useToken: internalTokens.locator });
    for (const [part, value] of [...Object.entries(values), ...Object.entries(classes), ...given]) {
      this.#register(part as keyof InternalParts, value);
    }
    this.#register('limitedLogger', new LimitedLogger(this.get('logger'), this.get('clock')));
    this.get('telemetry').observeBatches(executors);
    this.#registerExecutors(executors, new Set(given.map(([part]) => part)));
  }

  get<Part extends keyof InternalParts>(part: Part): InternalParts[Part] {
    return this.#container.resolve(allTokens[part]);
  }

  #register(part: keyof InternalParts, value: unknown): void {
    if (isClass(value)) this.#container.registerSingleton(allTokens[part], value as never);
    else this.#container.register(allTokens[part], { useValue: value });
  }

  /** The route's deadline, retries, health and telemetry surround each call of the ports, also of replaced ones. */
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
      this.get('telemetry'),
    );
    const { stateful, server, feed } = decorateExecutors(ports, around);
    this.#register('statefulExecutor', stateful);
    this.#register('serverExecutor', server);
    this.#register('stateFeed', feed);
  }
}

/** 72 random bits: enough to tell the runs of one pod apart, and short, as each claim's record has them. */
function newIncarnation(): string {
  return randomBytes(9).toString('base64url');
}

/** Tells a class from a function that is a value: at run time only the source text shows it. */
function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
