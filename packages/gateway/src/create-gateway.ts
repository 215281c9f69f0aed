import type { Clock, Logger, RouteInfoDriver, ServiceHandle } from '@stateful-route/core';
import { DeadlineQueue, invalidParameter, LimitedLogger } from '@stateful-route/core/adapter';
import type { Admission } from './admission.ts';
import { createAdmission } from './admit/create-admission.ts';
import { checkGatewayOptions } from './admit/gateway-option-rules.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { EventStreams } from './proxy/event-streams.ts';
import { Endpoints, PodConnections } from './proxy/pod-connections.ts';
import type { Proxying } from './proxy/proxying.ts';
import { Requests } from './proxy/requests.ts';
import { Tunnels } from './proxy/tunnels.ts';

const IDLE_MS = 300_000;
const MAX_PENDING = 10_000;
const REPLAY_BYTES = 65_536;
const MAX_BODY_BYTES = 1_073_741_824;
const CLOSE_SPREAD_MS = 5_000;

/** What a gateway takes of a route, as `createStatefulRoute` makes it. */
export interface GatewayRoute {
  service(name: string): ServiceHandle;
  readonly routeInfo: RouteInfoDriver;
  readonly parts: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly config: { readonly callTimeoutMs: number };
  };
}

/**
 * Makes a gateway: its `request` and `upgrade` are listeners of a `node:http` server, and forward to the pod that has the user.
 * The route is started and stopped by the caller: start it before the server listens, stop it after `close`.
 *
 * A request is sent to another pod only if nothing of it can have acted: no connection was made, or the pod said that it does not
 * hold the user. An answer shows no address and no internal error; those are logged.
 *
 * @throws `INVALID_CONFIG` with all faults of the options; `INVALID_PARAMETER` if `route` is none.
 *
 * @example
 * const gateway = createGateway(route, { service: 'room', uid: { header: 'x-user' } });
 * const server = createServer(gateway.request);
 * server.on('checkContinue', gateway.request); // a client's 100 is sent only when its body is wanted
 * server.on('upgrade', gateway.upgrade);
 */
export function createGateway(route: GatewayRoute, options: GatewayOptions): Gateway {
  checkRoute(route);
  checkGatewayOptions(options);
  const { clock = route.parts.clock, logger = route.parts.logger } = options;
  return createGatewayWith(route, options, createAdmission(route, options, { clock, logger }));
}

function checkRoute(route: Partial<GatewayRoute> | undefined): void {
  if (route?.parts && route.routeInfo && typeof route.service === 'function') return;
  throw invalidParameter('route', 'must be what createStatefulRoute returns');
}

/** A gateway with an admission that others share. The options have been checked. */
export function createGatewayWith(
  { routeInfo, parts }: GatewayRoute,
  options: GatewayOptions,
  admission: Admission,
): Gateway {
  const { clock = parts.clock, logger = parts.logger, closeSpreadMs = CLOSE_SPREAD_MS } = options;
  const limited = new LimitedLogger(logger, clock);
  const proxying: Proxying = {
    clock,
    deadlines: new DeadlineQueue(clock),
    connections: new PodConnections(),
    endpoints: new Endpoints(),
    logger: limited,
    callTimeoutMs: options.callTimeoutMs ?? parts.config.callTimeoutMs,
    idleMs: options.idleMs ?? IDLE_MS,
    replayBytes: options.replayBytes ?? REPLAY_BYTES,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    maxPending: options.maxPending ?? MAX_PENDING,
    mayPlace: (service, uid) => admission.mayPlace(service, uid),
    allowAddress: (address) => admission.allowAddress(address),
    trustProxy: (address) => {
      try {
        return options.trustProxy?.(address) ?? false;
      } catch (error) {
        limited.error({ error }, "The gateway's option trustProxy threw, so a proxy was not trusted.");
        return false;
      }
    },
    counts: { pending: 0 },
    streams: new EventStreams(clock),
  };
  const tunnels = new Tunnels(clock, routeInfo);
  const requests = new Requests(proxying, tunnels, admission);
  let closed: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    await Promise.all([requests.close(closeSpreadMs), tunnels.close(closeSpreadMs)]);
    // Upgrades that were being asked for may have been accepted.
    await tunnels.close(0);
    proxying.connections.close();
  };
  const close = (): Promise<void> => {
    closed ??= closeAll();
    return closed;
  };
  return {
    request: (request, response) => {
      requests.request(request, response);
    },
    upgrade: (request, socket, head) => {
      requests.upgrade({ request, socket, head });
    },
    stats: () => ({ pending: proxying.counts.pending, sockets: tunnels.size }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
