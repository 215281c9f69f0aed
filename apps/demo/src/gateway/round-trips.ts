import { AsyncLocalStorage } from 'node:async_hooks';
import type { AroundCall, PortMethod } from '@stateful-route/core/adapter';

/**
 * How a request found its pod: `repeat`: in the gateway's cache; `first`: in the store; `shared`: by the lookup of another
 * request; `relink`: the user had to be linked to another pod.
 */
export type RoutingKind = 'first' | 'repeat' | 'shared' | 'relink';

/** One lookup of a user's pod. */
interface Routing {
  kind: RoutingKind;
  trips: number;
}

/** The request that makes store calls. Calls without a routing are not part of a lookup. */
interface Request {
  routing: Routing | undefined;
}

/** How a request reports its routings. */
export interface RequestTrips {
  /** The pod is known: later calls belong to no routing. */
  routed(): void;
  /** The pod was the wrong one: a new lookup begins. */
  reroute(): void;
}

/** The parts of a mean. */
interface Mean {
  trips: number;
  routings: number;
}

/** Calls that are made only if a user's link is no longer valid. */
const RELINKING: ReadonlySet<PortMethod> = new Set<PortMethod>(['replaceLinkedPod', 'getServiceState']);

/** Counts the gateways' round trips to the store: in all, and for each kind of routing. */
export class RoundTrips {
  readonly #requests = new AsyncLocalStorage<Request>();
  readonly #means: Readonly<Record<RoutingKind, Mean>> = {
    first: { trips: 0, routings: 0 },
    repeat: { trips: 0, routings: 0 },
    shared: { trips: 0, routings: 0 },
    relink: { trips: 0, routings: 0 },
  };
  #total = 0;
  #counting = false;

  get total(): number {
    return this.#total;
  }

  /** Begins to count, after the gateways have started. */
  begin(): void {
    this.#counting = true;
  }

  /** Ends counting, before the gateways stop. */
  end(): void {
    this.#counting = false;
  }

  /** The mean of round trips for a routing of this kind. `null` without one. */
  mean(kind: RoutingKind): number | null {
    const { trips, routings } = this.#means[kind];
    return routings === 0 ? null : trips / routings;
  }

  /** Counts one round trip, which several calls may share. */
  countSent(): void {
    if (this.#counting) this.#total += 1;
  }

  /** Counts that a request waits for one round trip, shared or not. */
  countWait(): void {
    const routing = this.#requests.getStore()?.routing;
    if (this.#counting && routing) routing.trips += 1;
  }

  /** A decorator for a gateway's store calls. */
  readonly countCalls: AroundCall = ({ options, run }) => {
    this.countWait();
    return run(options);
  };

  /** A decorator for store calls that are sent one by one. */
  readonly countSentCalls: AroundCall = ({ options, run }) => {
    this.countSent();
    return run(options);
  };

  /** A decorator that distinguishes a relinking from a first link. */
  readonly noteRelinks: AroundCall = ({ method, options, run }) => {
    const routing = this.#requests.getStore()?.routing;
    if (routing && RELINKING.has(method)) routing.kind = 'relink';
    return run(options);
  };

  /** Runs a request whose first routing is of this kind. */
  during<T>(kind: RoutingKind, run: (trips: RequestTrips) => Promise<T>): Promise<T> {
    const request: Request = { routing: { kind, trips: 0 } };
    const trips: RequestTrips = {
      routed: () => {
        this.#add(request.routing);
        // Timers that the request set still run in its context.
        request.routing = undefined;
      },
      reroute: () => {
        request.routing = { kind: 'relink', trips: 0 };
      },
    };
    return this.#requests.run(request, () =>
      run(trips).finally(() => {
        request.routing = undefined;
      }),
    );
  }

  #add(routing: Routing | undefined): void {
    if (!routing) return;
    const mean = this.#means[routing.kind];
    mean.trips += routing.trips;
    mean.routings += 1;
  }
}
