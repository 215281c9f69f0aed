import { checkServiceName } from '@stateful-route/core/adapter';
import { type HubEvent, type HubParts, ServiceHub } from './service-hub.ts';

/** Where events of a hub go. */
interface Sink {
  send(event: HubEvent): void;
  end(): void;
}

/** The hubs of all services that were asked about. */
export class Hubs {
  readonly #parts: HubParts;
  readonly #given: readonly string[] | undefined;
  readonly #onUnknown: (serviceName: string) => Error;
  readonly #hubs = new Map<string, ServiceHub>();
  readonly #ends = new Set<() => void>();
  #names: { readonly names: readonly string[]; readonly at: number } | undefined;
  #isClosed = false;

  /**
   * @param given - the services to show; `undefined`: all of the namespace.
   * @param onUnknown - makes the error about a service that is none of them.
   */
  constructor(
    parts: HubParts,
    given: readonly string[] | undefined,
    onUnknown: (serviceName: string) => Error,
  ) {
    this.#parts = parts;
    this.#given = given?.toSorted();
    this.#onUnknown = onUnknown;
  }

  /** The services, in alphabetical order. They are read again after an interval. */
  async names(): Promise<readonly string[]> {
    if (this.#given) return this.#given;
    const { clock, everyMs, executors, namespace } = this.#parts;
    const now = clock.monotonic();
    if (!this.#names || now - this.#names.at >= everyMs) {
      this.#names = { names: await executors.server.listServices(namespace), at: now };
    }
    return this.#names.names;
  }

  /** The hub of a service. Rejects if there is no such service. */
  async of(serviceName: string): Promise<ServiceHub> {
    checkServiceName(serviceName);
    let hub = this.#hubs.get(serviceName);
    if (hub) return hub;
    if (!(await this.names()).includes(serviceName)) throw this.#onUnknown(serviceName);
    hub = this.#hubs.get(serviceName);
    if (!hub) this.#hubs.set(serviceName, (hub = new ServiceHub(serviceName, this.#parts)));
    return hub;
  }

  /** Sends what a hub sees, until the returned function is called or the hubs are closed. */
  join(hub: ServiceHub, sink: Sink, lastEventId: string | undefined): () => void {
    if (this.#isClosed) {
      sink.end();
      return () => {};
    }
    const endLook = hub.look((event) => sink.send(event), lastEventId);
    const end = (): void => sink.end();
    this.#ends.add(end);
    return () => {
      endLook();
      this.#ends.delete(end);
    };
  }

  /** Ends every look. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end();
  }
}
