import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { type Clock, type DrainReport, systemClock } from '@stateful-route/core';
import {
  checkClock,
  checkSignal,
  checkWait,
  configCheck,
  hasMethods,
  invalidParameter,
  onAbort,
} from '@stateful-route/core/adapter';
import type { LifecycleOptions, RouteConfig } from '@stateful-route/driver';
import type { HostEntity } from '../host.ts';
import { continueWhenRead } from './expect-continue.ts';

/** A server: of `node:http`, Fastify (which has it in `server`), or anything that closes. */
export interface ClosableServer {
  close(...args: never[]): unknown;
  readonly server?: unknown;
}

/** What is started and stopped with the server. */
export interface RunnableRoute {
  start(options?: LifecycleOptions): Promise<void>;
  stop(options?: LifecycleOptions): Promise<DrainReport>;
  readonly parts?:
    | { readonly config: Pick<RouteConfig, 'stateRefreshMs'>; readonly clock: Clock }
    | undefined;
}

/** Whose users the report looks through. */
export interface RunnableHost {
  entities(): Iterable<Pick<HostEntity, 'uid' | 'unsaved'>>;
}

/** Options of {@link runUntilSignal}. */
export interface RunOptions {
  /** How long callers may take to learn that the pod has ended: their `stateRefreshMs`. Default: the route's own. */
  readonly stateRefreshMs?: number | undefined;
  /** How long requests and sockets may take to end by themselves, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number | undefined;
  /** Ends the run as a signal of the system does. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the route's. */
  readonly clock?: Clock | undefined;
}

/** How the run ended. */
export interface RunReport extends DrainReport {
  /** What ended it; `undefined`: the signal of the options. */
  readonly signal: NodeJS.Signals | undefined;
}

/** The default of a route. */
const STATE_REFRESH_MS = 1_000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const checkOptions = configCheck<RunOptions>({
  stateRefreshMs: checkWait,
  closeTimeoutMs: checkWait,
  signal: checkSignal,
  clock: checkClock,
});

/**
 * Runs a pod until `SIGTERM` or `SIGINT`, in the order that loses no request. Call it once `listen` has been called.
 *
 * 1. The server listens; then the route starts. If it does not start, the server is closed, and the error is thrown.
 * 2. A signal comes: `route.stop()` drains. The users are saved and move, their sockets close.
 * 3. For `stateRefreshMs` more, callers that do not know it yet get 421.
 * 4. The server closes. What is still open after `closeTimeoutMs` is cut. A `close()` that has not ended after as long again is
 *    left.
 *
 * A second signal ends the drain and both waits at once. The report names the users who were not saved.
 *
 * @example
 * const { unsaved } = await runUntilSignal(app.listen(8080), route, host);
 * await executors.close();
 */
export async function runUntilSignal(
  server: ClosableServer,
  route: RunnableRoute,
  host?: RunnableHost,
  options: RunOptions = {},
): Promise<RunReport> {
  checkParts(server, route, host);
  checkOptions(options);
  const { config, clock: itsClock = systemClock } = route.parts ?? {};
  const { stateRefreshMs = config?.stateRefreshMs ?? STATE_REFRESH_MS } = options;
  const { closeTimeoutMs = 5_000, clock = itsClock } = options;
  const connections = new Connections(server);
  using asked = new AskedToEnd(options.signal);
  try {
    const started = connections.listening.then(() => (asked.isAsked ? undefined : route.start()));
    await Promise.race([started, asked.first]);
    await asked.first;
    const { left, unsaved } = await route.stop({ signal: asked.hurry });
    connections.keepNone();
    await pause(clock, stateRefreshMs, asked.hurry);
    const inHost = [...(host?.entities() ?? [])].filter((entity) => entity.unsaved).map(({ uid }) => uid);
    return { left, unsaved: [...new Set([...unsaved, ...inHost])], signal: asked.by };
  } finally {
    await connections.close(clock, closeTimeoutMs, asked.hurry);
  }
}

function checkParts(server: unknown, route: unknown, host: unknown): void {
  if (!hasMethods(server, ['close'])) throw invalidParameter('server', 'must be a server with close()');
  if (!hasMethods(route, ['start', 'stop'])) {
    throw invalidParameter('route', 'must be a route, as createStatefulRoute returns it');
  }
  if (host !== undefined && !hasMethods(host, ['entities'])) {
    throw invalidParameter('host', 'must be what createHost returns');
  }
}

/** The signals of the system, from now until disposed. */
class AskedToEnd implements Disposable {
  readonly first: Promise<void>;
  isAsked = false;
  by: NodeJS.Signals | undefined;
  readonly #hurry = new AbortController();
  readonly #off: () => void;

  constructor(signal: AbortSignal | undefined) {
    let end = (): void => {};
    this.first = new Promise((resolve) => (end = resolve));
    const ask = (by?: NodeJS.Signals): void => {
      if (this.isAsked) return this.#hurry.abort();
      this.isAsked = true;
      this.by = by;
      end();
    };
    for (const name of SIGNALS) process.on(name, ask);
    const offSignal = signal && onAbort(signal, () => ask());
    this.#off = () => {
      for (const name of SIGNALS) process.off(name, ask);
      offSignal?.();
    };
  }

  /** Fires at the second signal. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  [Symbol.dispose](): void {
    this.#off();
  }
}

/** A server and the connections that it has. */
class Connections {
  readonly #server: ClosableServer;
  readonly #net: NetServer | undefined;
  /** Settles when the server listens, or has failed to. */
  readonly listening: Promise<unknown>;
  readonly #open = new Set<Socket>();
  #keepsAlive = true;

  constructor(server: ClosableServer) {
    this.#server = server;
    this.#net = [server, server.server].find((each) => each instanceof NetServer);
    this.listening = !this.#net || this.#net.listening ? Promise.resolve() : once(this.#net, 'listening');
    this.#net?.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
    // Also one of `node:https`, which is of another class.
    if (hasMethods(this.#net, ['closeIdleConnections'])) this.#listenTo(this.#net as HttpServer);
  }

  #listenTo(http: HttpServer): void {
    continueWhenRead(http);
    http.prependListener('request', (_request, response) => {
      response.shouldKeepAlive &&= this.#keepsAlive;
      response.once('close', () => {
        if (!http.listening) setImmediate(() => http.closeIdleConnections());
      });
    });
  }

  /** From now on each response ends its connection, so that no caller sends a request as the server closes. */
  keepNone(): void {
    this.#keepsAlive = false;
  }

  async close(clock: Clock, timeoutMs: number, hurry: AbortSignal): Promise<void> {
    const late = new AbortController();
    // A server that does not listen yet could not be closed, and would listen afterwards.
    const closed = this.listening
      .catch(() => {})
      .then(() => closeServer(this.#server))
      .finally(() => late.abort());
    await pause(clock, timeoutMs, AbortSignal.any([hurry, late.signal]));
    for (const socket of this.#open) socket.destroy();
    // A server that does not close by then must not keep the process: its signals are heard here alone.
    await pause(clock, timeoutMs, late.signal);
    if (late.signal.aborted) await closed;
    else void closed.catch(() => {});
  }
}

async function closeServer(server: ClosableServer): Promise<void> {
  if (!(server instanceof NetServer)) {
    await server.close();
    return;
  }
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/** Waits, keeping the process alive. */
function pause(clock: Clock, ms: number, cut: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let off = (): void => {};
    const cancel = clock.setTimeout(
      () => {
        off();
        resolve();
      },
      ms,
      { keepsAlive: true },
    );
    off = onAbort(cut, () => {
      cancel();
      resolve();
    });
  });
}
