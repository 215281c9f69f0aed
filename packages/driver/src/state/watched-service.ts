import {
  ageMsOf,
  type Clock,
  type FeedEvent,
  leaseMsOf,
  type Logger,
  type RoutingStateChange,
  type ServiceStateRead,
  Snapshot,
  type StatefulExecutor,
  type StatefulServiceState,
  type StateFeed,
  type Unsubscribe,
} from '@stateful-route/core';

/** What a watched service needs of its surroundings. */
export interface WatchedServiceParts {
  readonly stateful: StatefulExecutor;
  /** `undefined`: no push, only reading now and then. */
  readonly feed: StateFeed | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly refreshMs: number;
  /** A service nobody watches or asks about for this long is given up. */
  readonly idleMs: number;
  readonly onIdle: (service: WatchedService) => void;
  readonly publish: (change: RoutingStateChange) => void;
}

/**
 * One service's snapshot, kept fresh: swapped whole after every read and every pushed change. Pushes are a hint; what
 * is read is the truth, so a gap, a reconnect or `refreshMs` without one means reading again.
 */
export class WatchedService {
  readonly namespace: string;
  readonly serviceName: string;
  /** How many refreshes have passed since the last question. */
  idleRefreshes = 0;
  /** How many `watch` calls hold on to it. */
  watchers = 0;
  #snapshot: Snapshot | undefined;
  #reading: Promise<Snapshot> | undefined;
  #nextReading: Promise<Snapshot> | undefined;
  #readTime = 0;
  #sequence: number | undefined;
  #unsubscribe: Unsubscribe | undefined;
  #cancelTimer: (() => void) | undefined;
  #closed = false;
  readonly #parts: WatchedServiceParts;

  constructor(namespace: string, serviceName: string, parts: WatchedServiceParts) {
    this.namespace = namespace;
    this.serviceName = serviceName;
    this.#parts = parts;
  }

  /** The last snapshot; `undefined` before the first read. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Reads the service for the first time and goes on refreshing; those who ask meanwhile share the read. */
  load(): Promise<Snapshot> {
    return this.#reading ?? this.#read();
  }

  /** A snapshot from a read that begins after this call; those who ask while one is under way share the next. */
  fresh(): Promise<Snapshot> {
    if (!this.#reading) return this.#read();
    this.#nextReading ??= this.#reading.then(
      () => this.#next(),
      () => this.#next(),
    );
    return this.#nextReading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    await unsubscribe?.();
  }

  #next(): Promise<Snapshot> {
    this.#nextReading = undefined;
    return this.load();
  }

  #read(): Promise<Snapshot> {
    this.#cancelTimer?.();
    const reading = this.#readOnce().finally(() => {
      this.#reading = undefined;
      this.#scheduleRefresh();
    });
    this.#reading = reading;
    return reading;
  }

  async #readOnce(): Promise<Snapshot> {
    const { stateful, clock } = this.#parts;
    // Subscribed before reading, so that no change falls between the two.
    await this.#subscribe();
    const read = await stateful.getServiceState(this.namespace, this.serviceName);
    this.#readTime = read.storeTime;
    return this.#swap(new Snapshot(read, clock));
  }

  async #subscribe(): Promise<void> {
    const { feed, logger } = this.#parts;
    if (!feed || this.#unsubscribe || this.#closed) return;
    try {
      const unsubscribe = await feed.subscribe(this.namespace, this.serviceName, (event) => {
        this.#onEvent(event);
      });
      if (this.#closed) await unsubscribe();
      else this.#unsubscribe = unsubscribe;
    } catch (error) {
      // Reading goes on without push; the next refresh tries to subscribe again.
      logger.warn({ err: error, ...this.#named() }, 'state changes are not pushed for now');
    }
  }

  #scheduleRefresh(): void {
    if (this.#closed) return;
    this.#cancelTimer?.();
    const { clock, refreshMs, onIdle } = this.#parts;
    this.#cancelTimer = clock.setTimeout(() => {
      this.idleRefreshes += 1;
      if (this.watchers === 0 && this.idleRefreshes * refreshMs > this.#parts.idleMs) onIdle(this);
      else this.#refresh();
    }, refreshMs);
  }

  #refresh(): void {
    this.fresh().catch((error: unknown) => {
      if (this.#closed) return;
      const ageMs = this.#snapshot?.ageMs();
      this.#parts.logger.warn(
        { err: error, ageMs, ...this.#named() },
        'the pods could not be read; the last snapshot stays',
      );
    });
  }

  #onEvent(event: FeedEvent): void {
    if (this.#closed) return;
    const expected = this.#sequence === undefined ? undefined : this.#sequence + 1;
    if (event.type === 'missed') {
      this.#sequence = undefined;
      this.#refresh();
      return;
    }
    this.#sequence = event.sequence;
    if (expected !== undefined && event.sequence !== expected) this.#refresh();
    else if (event.type === 'state') this.#apply(event);
  }

  #apply(event: Extract<FeedEvent, { type: 'state' }>): void {
    const last = this.#snapshot;
    // Before the first read, or older than it: the read has it, or will.
    if (!last || event.storeTime < this.#readTime) return;
    const pods = new Map(last.pods);
    if (event.current) pods.set(event.podId, event.current);
    else pods.delete(event.podId);
    const storeTime = Math.max(last.storeTime(), event.storeTime);
    const since = last.read.since ?? event.storeTime;
    const ordered = last.pods.has(event.podId) ? pods : new Map([...pods].toSorted(([a], [b]) => a - b));
    this.#swap(new Snapshot({ storeTime, since, pods: ordered }, this.#parts.clock));
  }

  #swap(next: Snapshot): Snapshot {
    const last = this.#snapshot;
    this.#snapshot = next;
    if (last && !this.#closed) this.#publishChanges(heardOf(last.read), heardOf(next.read));
    return next;
  }

  #publishChanges(before: Pods, after: Pods): void {
    for (const podId of new Set([...before.keys(), ...after.keys()])) {
      const previous = before.get(podId);
      const current = after.get(podId);
      if (!differ(previous, current)) continue;
      this.#parts.publish({ ...this.#named(), podId, previous, current });
    }
  }

  #named(): { namespace: string; serviceName: string } {
    return { namespace: this.namespace, serviceName: this.serviceName };
  }
}

type Pods = ReadonlyMap<number, StatefulServiceState>;

/** The pods that were heard of within their lease; to a listener any other has vanished. */
function heardOf({ pods, storeTime }: ServiceStateRead): Pods {
  const within = [...pods].filter(([, pod]) => (ageMsOf(pod, storeTime) ?? 0) <= leaseMsOf(pod));
  return new Map(within);
}

function differ(
  previous: StatefulServiceState | undefined,
  current: StatefulServiceState | undefined,
): boolean {
  if (!previous || !current) return previous !== current;
  return (
    previous.state !== current.state ||
    previous.routingState !== current.routingState ||
    previous.incarnation !== current.incarnation ||
    previous.address !== current.address
  );
}
