import { type Clock, type Executors, type Logger, silentLogger, systemClock } from '@stateful-route/core';
import {
  type Check,
  checkClock,
  checkDuration,
  checkFlag,
  checkFunction,
  checkInteger,
  checkLogger,
  checkNamespace,
  checkServiceName,
  configCheck,
  hasMethods,
  invalidParameter,
  type StoreInspector,
} from '@stateful-route/core/adapter';
import type { Authorize } from './http/access.ts';
import { consoleApp } from './http/console-app.ts';
import { describe, Failure } from './http/failure.ts';
import { Hubs } from './hub/hubs.ts';

/** Options of {@link createConsole}. */
export interface ConsoleOptions {
  /** The services' namespace. */
  readonly namespace: string;
  /** The services to show. Default: all of the namespace. */
  readonly services?: readonly string[] | undefined;
  /** Says who sent a request of the API, and what he may do. The page itself holds nothing, and is sent to everybody. */
  readonly authorize: Authorize;
  /** Whether every action is refused, whoever asks. Default true. */
  readonly readOnly?: boolean | undefined;
  /** Where the console is mounted, as `/ops/console`: its full path, as the browser has it. Default: at the root. */
  readonly path?: string | undefined;
  /**
   * The hosts that requests may name, with a port or for any port: `console.example.org`, `localhost:8080`. Others are refused.
   * Give it where a sign-in is not what protects the console, as on a private network. Default: any.
   */
  readonly allowHosts?: readonly string[] | undefined;
  /** Finds all links of a store, to list the users of a pod that keeps no roster. Default: such a list is refused. */
  readonly inspector?: Pick<StoreInspector, 'scanLinks'> | undefined;
  /** How many keys such a search reads a second, if the request does not say. Default 10,000. */
  readonly keysPerSecond?: number | undefined;
  /** How often a service is read while somebody looks, in ms. Default 1,000. */
  readonly everyMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Default: nothing is logged. */
  readonly logger?: Logger | undefined;
}

/** A page to look at services and to steer them, and its API. */
export interface Console {
  /** Answers a request. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Ends all streams. Safe to repeat. The executors are closed by the program that made them. */
  close(): Promise<void>;
}

const EVERY_MS = 1_000;
const KEYS_PER_SECOND = 10_000;
const PATH = /^(?:\/[\w.~-]+)*$/;

const checkServices: Check = (value, parameter = 'services') => {
  if (!Array.isArray(value)) throw invalidParameter(parameter, 'must be a list of names');
  for (const [at, name] of (value as unknown[]).entries()) checkServiceName(name, `${parameter}.${at}`);
};

const checkHosts: Check = (value, parameter = 'allowHosts') => {
  const isList = Array.isArray(value) && value.length > 0 && value.every((host) => typeof host === 'string');
  if (!isList) throw invalidParameter(parameter, 'must be a list of hosts');
};

const checkOptions = configCheck<ConsoleOptions>(
  {
    namespace: checkNamespace,
    services: checkServices,
    authorize: checkFunction,
    readOnly: checkFlag,
    path: (value, parameter = 'path') => {
      if (typeof value !== 'string' || !PATH.test(value))
        throw invalidParameter(parameter, 'must be a path without a slash at its end, such as /ops/console');
    },
    allowHosts: checkHosts,
    inspector: (value, parameter = 'inspector') => {
      if (!hasMethods(value, ['scanLinks'])) throw invalidParameter(parameter, 'must have scanLinks');
    },
    keysPerSecond: (value, parameter = 'keysPerSecond') => {
      checkInteger(value, parameter, 1, 1_000_000);
    },
    everyMs: checkDuration,
    clock: checkClock,
    logger: checkLogger,
  },
  { required: ['namespace', 'authorize'] },
);

/**
 * Makes a console. It reads the store only while somebody looks, and once for all who do.
 *
 * @throws `INVALID_CONFIG` with every fault of the options.
 *
 * @example
 * const console = createConsole(executors, {
 *   namespace: 'game',
 *   authorize: (request) => ({ who: nameOf(request), may: 'read' }),
 * });
 * serve({ fetch: console.fetch, port: 8080 });
 */
export function createConsole(executors: Executors, options: ConsoleOptions): Console {
  checkOptions(options);
  const {
    namespace,
    services,
    authorize,
    readOnly = true,
    path = '',
    allowHosts,
    inspector,
    keysPerSecond = KEYS_PER_SECOND,
    everyMs = EVERY_MS,
    clock = systemClock,
    logger = silentLogger,
  } = options;
  const place = { executors, namespace };
  const hubs = new Hubs(
    { ...place, clock, logger, everyMs, describe },
    services,
    (name) => new Failure('NOT_FOUND', `There is no service ${name} here.`),
  );
  const app = consoleApp({
    ...place,
    hubs,
    inspector,
    keysPerSecond,
    readOnly,
    clock,
    logger,
    authorize,
    allowHosts,
    path,
  });
  return {
    fetch: async (request) => app.fetch(request),
    close: async () => hubs.close(),
  };
}
