import { type Clock, isRouteError, type Logger, systemClock } from '@stateful-route/core';
import { formatHostPort, invalidConfig } from '@stateful-route/core/adapter';
import { createStatefulRoute, type ResolveAddress, type StatefulRoute } from '@stateful-route/driver';
import { createAdmission } from '../admit/create-admission.ts';
import { createGatewayWith } from '../create-gateway.ts';
import type { Gateway } from '../gateway.ts';
import { type AdminServer, listenForAdmin } from './admin/admin-server.ts';
import type { AdminService } from './admin/look-up.ts';
import { serviceChooser } from './choose-service.ts';
import { collectMetrics, type ProgramMetrics } from './metrics.ts';
import type { ProgramConfig } from './program-config.ts';
import { listenForRequests, type PublicServer, type PublicService } from './public-server.ts';
import { readSecretFile } from './secret-file.ts';
import type { ServiceConfig } from './service-config.ts';
import type { Store } from './store.ts';

const RETRY_START_MS = 1000;
const TOKEN_MIN = 16;

interface Service extends AdminService, PublicService {
  readonly config: ServiceConfig;
  readonly gateway: Gateway;
}

/** What a gateway runs with. */
export interface RunParts {
  readonly store: Store;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** Fires when the gateway shall end. */
  readonly signal: AbortSignal;
}

/**
 * Serves until the signal fires, and then ends in order: it is not ready at once, takes requests for `graceMs` more, then answers
 * those under way and closes the sockets. Resolves with whether all of them were answered within `endTimeoutMs`.
 *
 * A store that cannot be reached is waited for. @throws what cannot be mended by waiting: a port in use, a wrong password.
 */
export async function runGateway(config: ProgramConfig, parts: RunParts): Promise<boolean> {
  await using run = new Run(config, parts);
  // Awaited here: the run is disposed of when this function returns.
  return await run.serve();
}

/** One run. What was begun is ended in reverse order, also when the start fails half-way. */
class Run implements AsyncDisposable {
  readonly #config: ProgramConfig;
  readonly #parts: RunParts;
  readonly #clock: Clock;
  readonly #metrics: ProgramMetrics;
  readonly #route: StatefulRoute<undefined>;
  readonly #services: readonly Service[];
  readonly #token: string | undefined;
  #admin: AdminServer | undefined;
  #server: PublicServer | undefined;

  constructor(config: ProgramConfig, parts: RunParts) {
    this.#config = config;
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#token = adminToken(config);
    this.#metrics = collectMetrics(() =>
      this.#services.map(({ config: { name }, gateway }) => [name, gateway.stats()]),
    );
    this.#route = newRoute(config, parts);
    this.#services = config.services.map((service) => this.#service(service));
  }

  async serve(): Promise<boolean> {
    const { signal, logger, store } = this.#parts;
    const { admin, listen } = this.#config;
    if (admin) this.#admin = await this.#listenForAdmin(admin.listen, store);
    if (!(await this.#startRoute())) return true;
    this.#server = await listenForRequests(serviceChooser(this.#services), listen);
    const addresses = {
      listen: formatHostPort(this.#server.address),
      admin: this.#admin && formatHostPort(this.#admin.address),
    };
    logger.info(
      {
        ...addresses,
        services: this.#services.map(({ config }) => config.name),
        redis: store.address,
      },
      'The gateway listens',
    );
    await fired(signal);
    return this.#end(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.destroy();
    await Promise.all(this.#services.map(({ gateway }) => gateway.close()));
    await this.#route.stop();
    await this.#admin?.close();
    await this.#metrics.close();
  }

  #service(config: ServiceConfig): Service {
    const { logger, clock } = this.#parts;
    const options = { ...config.options, closeSpreadMs: this.#config.closeSpreadMs, logger, clock };
    const admission = createAdmission(this.#route, options, { logger, clock });
    return {
      config,
      admission,
      handle: this.#route.service(config.name),
      gateway: createGatewayWith(this.#route, options, admission),
      resolveAddress: config.resolveAddress,
      observe: (response) => this.#metrics.observe(config.name, response),
    };
  }

  #listenForAdmin(listen: ProgramConfig['listen'], { executors }: Store): Promise<AdminServer> {
    const services = new Map(this.#services.map((service) => [service.config.name, service]));
    return listenForAdmin(
      {
        route: this.#route,
        executors,
        services,
        authRequest: this.#config.authRequest,
        token: this.#token,
        scrape: () => this.#metrics.scrape(),
        notReady: () => {
          if (this.#parts.signal.aborted) return ['It is ending.'];
          return this.#server ? this.#route.readiness().problems : ['It is starting.'];
        },
        notAlive: () => this.#route.liveness().problems,
      },
      listen,
    );
  }

  /** Resolves with false if the gateway was told to end meanwhile. */
  async #startRoute(): Promise<boolean> {
    const { signal, logger } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.#route.start({ signal });
        return true;
      } catch (error) {
        if (signal.aborted) break;
        if (!isRouteError(error) || !error.retryable) throw error;
        logger.warn(
          { error, retryAfterMs: RETRY_START_MS },
          'The gateway cannot start yet, as the store does not answer',
        );
        await this.#pause(RETRY_START_MS, signal);
      }
    }
    return false;
  }

  async #end(server: PublicServer): Promise<boolean> {
    const { logger } = this.#parts;
    const { graceMs, endTimeoutMs } = this.#config;
    logger.info(
      { graceMs },
      'The gateway ends: it is not ready any more, and takes requests until the grace is over',
    );
    server.sendAway();
    await this.#pause(graceMs);
    const closed = Promise.all([server.close(), ...this.#services.map(({ gateway }) => gateway.close())]);
    const inTime = await this.#within(endTimeoutMs, closed);
    if (inTime) logger.info({}, 'The gateway has ended: every request was answered');
    else logger.error({ endTimeoutMs, ...this.#left() }, 'The time to end is over: what is left is cut off');
    return inTime;
  }

  async #within(ms: number, ended: Promise<unknown>): Promise<boolean> {
    const over = new AbortController();
    try {
      return await Promise.race([ended.then(() => true), this.#pause(ms, over.signal).then(() => false)]);
    } finally {
      over.abort();
    }
  }

  #left(): { readonly pending: number; readonly sockets: number } {
    const all = this.#services.map(({ gateway }) => gateway.stats());
    const sum = (name: 'pending' | 'sockets'): number => all.reduce((total, stats) => total + stats[name], 0);
    return { pending: sum('pending'), sockets: sum('sockets') };
  }

  /** Ends early when the signal fires. */
  #pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimeout(done, ms, { keepsAlive: true });
      signal?.addEventListener('abort', done);
      function done(): void {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}

function newRoute(config: ProgramConfig, { store, logger, clock }: RunParts): StatefulRoute<undefined> {
  const resolvers = new Map(config.services.map(({ name, resolveAddress }) => [name, resolveAddress]));
  const resolveAddress: ResolveAddress = (pod) => resolvers.get(pod.serviceName)?.(pod);
  return createStatefulRoute({
    executors: store.executors,
    namespace: config.namespace,
    services: config.services.map(({ name }) => name),
    config: config.route,
    resolveAddress,
    logger,
    clock,
  });
}

function adminToken({ admin }: ProgramConfig): string | undefined {
  if (!admin || admin.tokenFile === undefined) return undefined;
  const token = readSecretFile(admin.tokenFile, 'admin.tokenFile');
  if (token.length >= TOKEN_MIN && !/\s/.test(token)) return token;
  throw invalidConfig([
    {
      name: 'admin.tokenFile',
      problem: `must have one token of at least ${TOKEN_MIN} characters without spaces`,
    },
  ]);
}

async function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
