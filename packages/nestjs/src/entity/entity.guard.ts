import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { invalidParameter, onAbort } from '@stateful-route/core/adapter';
import { admit, type Host, refusalError, type RequestEntity, requestEntity } from '@stateful-route/host';
import { type HostModuleOptions, type NestRequest, UID_OF } from './host-module-options.ts';
import { STATEFUL_ROUTE_HOST } from './inject-host.ts';

type UidOf = NonNullable<HostModuleOptions<unknown>['uid']>;

const entities = new WeakMap<object, RequestEntity<unknown>>();

/**
 * Lets a request in whose user this pod has, or can have, until its response ends; `@Entity()` is the user's state then. All
 * others are answered: 421 with `stateful-route: not-mine` where another pod has the user, 503 with `Retry-After` where none can
 * serve the user now, 400 without a uid.
 */
@Injectable()
export class EntityGuard implements CanActivate {
  readonly #host: Host<unknown>;
  readonly #uidOf: UidOf;

  /** Made by Nest. */
  constructor(@Inject(STATEFUL_ROUTE_HOST) host: unknown, @Inject(UID_OF) uidOf: unknown) {
    this.#host = host as Host<unknown>;
    this.#uidOf = uidOf as UidOf;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') {
      throw invalidParameter(
        'EntityGuard',
        'is for HTTP; take a socket’s stay from guardEngine or webSockets',
      );
    }
    const http = context.switchToHttp();
    const request = http.getRequest<NestRequest>();
    const ended = endOf(http.getResponse<ServerResponse | { readonly raw: ServerResponse }>());
    const { stay, refusal } = await admit(this.#host, () => this.#uidOf(request), ended);
    if (refusal) throw refusalError(refusal);
    // The client went away meanwhile.
    if (!stay) return false;
    onAbort(ended, () => stay.leave());
    entities.set(request, requestEntity(stay));
    return true;
  }
}

/** The entity of a request that the guard has let in. */
export function entityOf(request: IncomingMessage | NestRequest): RequestEntity<unknown> | undefined {
  return entities.get(request);
}

/** Fires when the response is complete, or its connection closed. */
function endOf(response: ServerResponse | { readonly raw: ServerResponse }): AbortSignal {
  const raw = 'raw' in response ? response.raw : response;
  const ended = new AbortController();
  raw.once('close', () => ended.abort());
  if (raw.destroyed || raw.closed) ended.abort();
  return ended.signal;
}
