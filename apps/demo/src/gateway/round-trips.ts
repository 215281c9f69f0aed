import { AsyncLocalStorage } from 'node:async_hooks';
import type { AroundCall, PortMethod } from '@stateful-route/core/adapter';

/**
 * How a user's pod was found: `repeat`: from the gateway's memory; `first`: it was not known there; `shared`: by another
 * request's question; `relink`: the user had to be linked to another pod.
 */
export type RoutingKind = 'first' | 'repeat' | 'shared' | 'relink';

/** One question which pod serves a user. */
interface Routing {
  kind: RoutingKind;
  trips: number;
}

/** The request in whose name store calls are made; without a routing they are not made for an answer. */
interface Request {
  routing: Routing | undefined;
}

/** What one request tells of its routings. */
export interface RequestTrips {
  /** The pod is known: what follows belongs to no routing. */
  routed(): void;
  /** The pod was the wrong one; another one is asked for. */
  reroute(): void;
}

/** A mean, kept as its parts. */
interface Mean {
  trips: number;
  routings: number;
}

/** Calls that are made only when a user's link does not stand. */
const RELINKING: ReadonlySet<PortMethod> = new Set<PortMethod>(['replaceLinkedPod', 'getServiceState']);

/** The gateways' round trips to the store: all of them, and those made to find a user's pod. */
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

  /** Leaves out what starting cost. */
  begin(): void {
    this.#counting = true;
  }

  /** Leaves out what stopping costs. */
  end(): void {
    this.#counting = false;
  }

  /** Round trips for each routing of a kind; `null` when there was none. */
  mean(kind: RoutingKind): number | null {
    const { trips, routings } = this.#means[kind];
    return routings === 0 ? null : trips / routings;
  }

  /** Something was sent to the store: calls of one moment may share it. */
  countSent(): void {
    if (this.#counting) this.#total += 1;
  }

  /** A request waits for the store: for one round trip, whoever it shares that with. */
  countWait(): void {
    const routing = this.#requests.getStore()?.routing;
    if (this.#counting && routing) routing.trips += 1;
  }

  /** Put around a gateway's store calls. */
  readonly countCalls: AroundCall = ({ options, run }) => {
    this.countWait();
    return run(options);
  };

  /** Put around a gateway's store calls where each of them is sent by itself. */
  readonly countSentCalls: AroundCall = ({ options, run }) => {
    this.countSent();
    return run(options);
  };

  /** Put around a gateway's store calls: tells a relinking from a first link. */
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
        // Timers that the request set go on under its name: they are nobody's routing.
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
