import { Agent as HttpAgent } from 'node:http';
import { buildConnector, Client } from 'undici';
import { endpointOf, type PodEndpoint } from './pod-address.ts';

/** How long a connection to a pod may take to be made. */
export const CONNECT_MS = 3_000;

/** TCP asks a silent peer after this long whether it is still there. */
export const TCP_KEEP_ALIVE_MS = 30_000;

const connectTo = buildConnector({ timeout: CONNECT_MS, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS });

/** One connection to a pod, which carries one request at a time. It is made when the first request is dispatched. */
export interface PodConnection {
  readonly client: Client;
  /** Whether the present socket has carried a request. */
  used: boolean;
  /** The error that broke the present socket. */
  broken: Error | undefined;
  /** Why the last socket could not be made. */
  connectError: Error | undefined;
  readonly endpoint: PodEndpoint;
  busy: boolean;
}

/**
 * The connections to pods that `undici` keeps. Every request has one to itself, so that it is known whether it was sent at all,
 * and whether on a connection that had been used. An idle one ends with its socket.
 */
export class PodConnections {
  /** For requests that wait for the pod's 100, which undici cannot. */
  readonly continueAgent: HttpAgent = new HttpAgent({
    keepAlive: true,
    keepAliveMsecs: TCP_KEEP_ALIVE_MS,
    timeout: 0,
  });
  readonly #idle = new Map<string, PodConnection[]>();
  readonly #all = new Set<PodConnection>();

  /** How many connections there are, idle ones included. */
  get size(): number {
    return this.#all.size;
  }

  /** An idle connection, the one that was used last; a new one if there is none, or if it must be `fresh`. */
  take(endpoint: PodEndpoint, fresh: boolean): PodConnection {
    const connection = (fresh ? undefined : this.#idle.get(endpoint.origin)?.pop()) ?? this.#make(endpoint);
    connection.busy = true;
    return connection;
  }

  /** Keeps a connection whose answer was received whole. */
  keep(connection: PodConnection): void {
    connection.busy = false;
    const { origin } = connection.endpoint;
    const idle = this.#idle.get(origin);
    if (idle) idle.push(connection);
    else this.#idle.set(origin, [connection]);
  }

  drop(connection: PodConnection): void {
    if (!this.#all.delete(connection)) return;
    this.#removeIdle(connection);
    connection.client.destroy(null, () => {});
  }

  /** Ends the idle connections. Those in use end with their requests. */
  close(): void {
    this.continueAgent.destroy();
    for (const connection of this.#all) if (!connection.busy) this.drop(connection);
  }

  #make(endpoint: PodEndpoint): PodConnection {
    const client = new Client(endpoint.origin, {
      connect: (options, callback) => {
        connectTo(options, (...[error, socket]) => {
          connection.connectError = error ?? undefined;
          if (error) {
            callback(error, null);
            return;
          }
          connection.used = false;
          connection.broken = undefined;
          // Before undici's own listener: after a reset it takes an answer without a length for complete.
          socket.on('error', (cause) => {
            connection.broken = cause;
          });
          callback(null, socket);
        });
      },
      // The gateway keeps its own deadlines.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const connection: PodConnection = {
      client,
      used: false,
      broken: undefined,
      connectError: undefined,
      endpoint,
      busy: true,
    };
    client.on('disconnect', () => {
      if (!connection.busy) this.drop(connection);
    });
    this.#all.add(connection);
    return connection;
  }

  #removeIdle(connection: PodConnection): void {
    const { origin } = connection.endpoint;
    const idle = this.#idle.get(origin);
    if (!idle) return;
    const at = connection.busy ? -1 : idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    if (idle.length === 0) this.#idle.delete(origin);
  }
}

/** The endpoints of addresses, each read once. */
export class Endpoints {
  readonly #known = new Map<string, PodEndpoint | undefined>();

  of(address: string): PodEndpoint | undefined {
    if (this.#known.has(address)) return this.#known.get(address);
    // Pods come and go; what they leave behind is bounded.
    if (this.#known.size >= 10_000) this.#known.clear();
    const endpoint = endpointOf(address);
    this.#known.set(address, endpoint);
    return endpoint;
  }
}
