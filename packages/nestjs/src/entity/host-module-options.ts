import type { IncomingHttpHeaders } from 'node:http';
import type { HostOptions } from '@stateful-route/host';

/** What the requests of Express and of Fastify have in common. */
export interface NestRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** The options of the host's module: those of `createHost`, and where {@link EntityGuard} finds the user. */
export interface HostModuleOptions<State> extends HostOptions<State> {
  /**
   * The uid of a request. What it throws Nest answers: throw an `UnauthorizedException`, for example. Default: the header
   * `stateful-route-uid`, which the gateway sends.
   */
  readonly uid?: ((request: NestRequest) => string | undefined | Promise<string | undefined>) | undefined;
}

/** The provider of where the guard finds the user. */
export const UID_OF: unique symbol = Symbol('STATEFUL_ROUTE_UID_OF');
