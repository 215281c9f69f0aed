import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { faultsOf, invalidConfig, invalidParameter } from '@stateful-route/core/adapter';
import type { GatewayOptions } from '@stateful-route/gateway';

/** The options of the gateway's module: those of `createGateway`, and what it forwards. */
export interface GatewayModuleOptions extends GatewayOptions {
  /**
   * What goes to the pods: beginnings of paths (`/rooms` for `/rooms` and all below it; `/` for everything), or a function. All
   * else is the application's. It is decided before any middleware, body parser or guard of Nest.
   */
  readonly forward: string | readonly string[] | ((request: IncomingMessage) => boolean);
}

/** Tells what is forwarded. Never throws. */
export type Forwards = (request: IncomingMessage) => boolean;

/** @throws `INVALID_CONFIG` for anything but a function, a path, or paths. */
export function forwards(forward: unknown): Forwards {
  if (typeof forward === 'function') return guarded(forward as Forwards);
  const paths: readonly unknown[] = Array.isArray(forward) ? forward : [forward];
  const faults = faultsOf(() => {
    if (paths.length > 0 && paths.every(isPath)) return;
    throw invalidParameter('forward', 'must be a path that begins with "/", a list of paths, or a function');
  });
  if (faults) throw invalidConfig(faults);
  const beginnings = (paths as readonly string[]).map((path) => path.replace(/\/+$/, ''));
  return ({ url = '/' }) =>
    beginnings.some((path) => url.startsWith(path) && /^(?:$|[/?])/.test(url.slice(path.length)));
}

/** What the function throws at is not forwarded: thrown on, it would end the process. */
function guarded(forward: Forwards): Forwards {
  return (request) => {
    try {
      return forward(request);
    } catch (error) {
      new Logger('StatefulRouteGateway').error(`\`forward\` failed: ${String(error)}`);
      return false;
    }
  };
}

const isPath = (path: unknown): boolean => typeof path === 'string' && /^\/[^?#]*$/.test(path);
