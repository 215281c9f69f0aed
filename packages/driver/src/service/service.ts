import {
  type RoutingStateChange,
  type ServiceStateRead,
  Snapshot,
  type StatefulServiceState,
} from '@stateful-route/core';
import {
  ageMsOf,
  isMassExpiry,
  leaseMsOf,
  type LimitedLogger,
  placementHoldMs,
  type StatefulExecutor,
  type StateFeed,
} from '@stateful-route/core/adapter';
import { type PushedChange, ServiceFeed } from './service-feed.ts';
import { UnreachablePods } from './unreachable-pods.ts';
import { ServiceLinks, type ServiceLinksParts } from './service-links.ts';

const UNREAD = 'the pods could not be read; the last snapshot stays';
const MASS_EXPIRY =
  'more than half of the pods fell silent at once; nobody is taken over, look at the store and the network';

/** What a watched service needs of its surroundings. */
export interface WatchedServiceParts extends ServiceLinksParts {
  readonly stateful: StatefulExecutor;
  /** `undefined`: no push, only reading now and then. */
  readonly feed: StateFeed | undefined;
  readonly logger: LimitedLogger;
  readonly refreshMs: number;
  /** How long a subscription may take. */
  readonly subscribeMs: number;
  /** For so long a snapshot outlives the last read that worked, and a service is read after the last question about it. */
  readonly leaseMs: number;
  readonly onIdle: (service: WatchedService) => void;
  /** Whether somebody listens to changes of the namespace's services. */
  readonly isListenedTo: (namespace: string) => boolean;
  readonly publish: (change: RoutingStateChange) => void;
}

/**
 * All that is remembered of one service. Its snapshot is kept fresh: swapped whole after every read and every pushed
 * change. Pushes are a hint; what is read is the truth, so a gap, a reconnect or `refreshMs` without one means reading
 * again.
 *
 * One that nobody watches is given up, with its links: when it has had no pods, after `refreshMs`, unread and unheard until
 * then; when it has, after a lease without a question, unless somebody listens to its changes. Of the latter only the
 * last snapshot is kept, unread and unheard, as long as one of its pods may be alive: what the next reading is held
 * against.
 */
export class WatchedService {
  readonly namespace: string;
  readonly serviceName: string;
  /** How many refreshes have passed since the last question. */
  idleRefreshes = 0;
  /** How many `watch` calls hold on to it. */
  watchers = 0;
  /** The pods that this caller could not reach lately. */
  readonly unreachable: UnreachablePods;
  #snapshot: Snapshot | undefined;
  /** The monotonic time of the last read, and what was pushed while the present one is under way. */
  #readAt = 0;
  #lastRead: ServiceStateRead | undefined;
  #pushed: PushedChange[] | undefined;
  /** The store's time at which this reader last missed a pod that it knew alive. */
  #restoredAt: number | undefined;
  #reading: Promise<Snapshot> | undefined;
  #nextReading: Promise<Snapshot> | undefined;
  #cancelTimer: (() => void) | undefined;
  #closed = false;
  /** Whether its last snapshot is kept for the next reading alone. */
  #asleep = false;
  /** Whether it ever had pods. */
  #hadPods = false;
  #links: ServiceLinks | undefined;
  readonly #feed: ServiceFeed;
  readonly #parts: WatchedServiceParts;

  constructor(namespace: string, serviceName: string, parts: WatchedServiceParts) {
    this.namespace = namespace;
    this.serviceName = serviceName;
    this.#parts = parts;
    this.unreachable = new UnreachablePods(parts.clock, (podId) => this.#snapshot?.pods.get(podId));
    this.#feed = new ServiceFeed(this.#named(), {
      ...parts,
      onChange: (change) => {
        this.#apply(change);
      },
      onMissed: () => {
        this.#refresh();
      },
    });
    this.#schedule();
  }

  /** What is remembered of its users. */
  get links(): ServiceLinks {
    return (this.#links ??= new ServiceLinks(this, this.#parts));
  }

  /** The last snapshot; `undefined` before the first read, and when none has worked for longer than the lease. */
  get snapshot(): Snapshot | undefined {
    const last = this.#snapshot;
    return last && !this.#asleep && last.ageMs() <= this.#parts.leaseMs ? last : undefined;
  }

  /** The monotonic time up to which a snapshot, if it stays the last one, says the same of every pod. */
  validUntil(snapshot: Snapshot): number {
    const { clock, leaseMs } = this.#parts;
    return Math.min(snapshot.validUntil(), clock.monotonic() + leaseMs - snapshot.ageMs());
  }

  /** Whether nothing is pushed for now, as the service had no pods when it was read. */
  get isResting(): boolean {
    return this.#feed.isResting;
  }

  /** Whether a snapshot is still the last one, however old that is; none is once the service was given up. */
  isLast(snapshot: Snapshot): boolean {
    return snapshot === this.#snapshot && !this.#closed;
  }

  /** Reads the service and goes on refreshing it; those who ask meanwhile share the read. */
  load(): Promise<Snapshot> {
    return this.#reading ?? this.#read();
  }

  /** A snapshot from a read that begins after this call; those who ask while one is under way share the next. */
  fresh(): Promise<Snapshot> {
    if (!this.#reading) return this.#read();
    this.#nextReading ??= this.#reading.then(
      () => this.load(),
      () => this.load(),
    );
    return this.#nextReading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#links?.clear();
    await this.#feed.close();
  }

  #read(): Promise<Snapshot> {
    this.#cancelTimer?.();
    // Whoever asks from now on for a fresh one cannot share it.
    this.#nextReading = undefined;
    const reading = this.#readOnce().finally(() => {
      this.#reading = undefined;
      this.#pushed = undefined;
      this.#schedule();
    });
    this.#reading = reading;
    return reading;
  }

  async #readOnce(): Promise<Snapshot> {
    const { stateful, clock } = this.#parts;
    // Subscribed before reading, so that no change falls between the two.
    await this.#feed.ready();
    this.#pushed = [];
    // A pod that was alive before the reading began is in the reading, or its entry is gone.
    const alive = this.#snapshot?.alive;
    const read = await stateful.getServiceState(this.namespace, this.serviceName);
    // A change that was pushed meanwhile may be younger than the reading.
    const now = this.#pushed.reduce((before, change) => withChange(before, change), read);
    const restored = this.#restoredBy(read, alive);
    this.#lastRead = read;
    this.#hadPods ||= now.pods.size > 0;
    if (!this.#hadPods && this.watchers === 0) void this.#feed.rest();
    this.#readAt = clock.monotonic();
    this.#asleep = false;
    this.#tell(read);
    return this.#swap(restored === now.restored ? now : { ...now, restored });
  }

  /** When the directory was restored; also where only this reader can tell, as a pod that it knew alive has no entry. */
  #restoredBy({ restored, storeTime, pods }: ServiceStateRead, alive: Pods | undefined): number | undefined {
    const isGone = [...(alive ?? [])].some(
      ([podId, { updateTime }]) => updateTime !== undefined && !pods.has(podId),
    );
    if (isGone) this.#restoredAt = storeTime;
    if (this.#restoredAt === undefined) return restored;
    return Math.max(this.#restoredAt, restored ?? this.#restoredAt);
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#cancelTimer?.();
    const { clock, refreshMs, onIdle } = this.#parts;
    this.#cancelTimer = clock.setTimeout(() => {
      this.idleRefreshes += 1;
      if (this.#isWanted()) this.#refresh();
      else if (this.#isMemory()) this.#sleep();
      else onIdle(this);
    }, refreshMs);
  }

  #isWanted(): boolean {
    // Who asks meanwhile about the same user shares the request, and what it waits for is looked up again.
    if (this.watchers > 0 || this.#links?.isBusy) return true;
    if (!this.#hadPods) return false;
    const { refreshMs, leaseMs, isListenedTo } = this.#parts;
    return this.idleRefreshes * refreshMs <= leaseMs || isListenedTo(this.namespace);
  }

  /**
   * Whether a later question needs what was read last. For a lease after a pod was read alive its missing entry says that
   * the store came back empty; and once that was found out, users without a link wait.
   */
  #isMemory(): boolean {
    const last = this.#snapshot;
    if (!last) return false;
    if (this.#restoredAt !== undefined && placementHoldMs(last.readNow()) > 0) return true;
    return [...last.alive.values()].some(({ updateTime }) => updateTime !== undefined);
  }

  /** Is neither read nor pushed, and answers nothing, until the next question. */
  #sleep(): void {
    this.#asleep = true;
    this.#links?.clear();
    void this.#feed.rest();
    this.#schedule();
  }

  #refresh(): void {
    this.fresh().catch((error: unknown) => {
      if (this.#closed) return;
      const ageMs = this.#snapshot && Math.round(this.#snapshot.ageMs());
      this.#parts.logger.warn({ err: error, ageMs, ...this.#named() }, UNREAD);
    });
  }

  /** Reports what a reading shows of the whole service. */
  #tell(read: ServiceStateRead): void {
    const { logger } = this.#parts;
    const service = this.#named();
    logger.over(service, UNREAD, 'the pods can be read again');
    if (isMassExpiry(read)) logger.error({ ...service, pods: read.pods.size }, MASS_EXPIRY);
    else
      logger.over(
        service,
        MASS_EXPIRY,
        'most pods are heard of again, or are long dead; users of dead ones are taken over again',
      );
  }

  #apply(change: PushedChange): void {
    this.#pushed?.push(change);
    if (!this.#snapshot) return;
    this.#swap(withChange(this.#snapshot.read, change));
    this.#hadPods ||= this.#snapshot.pods.size > 0;
  }

  #swap(read: ServiceStateRead): Snapshot {
    const last = this.#snapshot;
    if (last?.read === read) return last;
    // A push makes no reading younger: ages, and the snapshot's own, count from the last read.
    const next = new Snapshot(read, this.#parts.clock, this.#readAt, this.#lastRead);
    this.#snapshot = next;
    if (last && !this.#closed) this.#publishChanges(heardOf(last.read), heardOf(read));
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

/** The reading with a later change in it. One that is older than the reading is in it already. */
function withChange(read: ServiceStateRead, { storeTime, podId, current }: PushedChange): ServiceStateRead {
  if (storeTime < read.storeTime) return read;
  const pods = new Map(read.pods);
  if (current) pods.set(podId, current);
  else pods.delete(podId);
  const ordered = read.pods.has(podId) ? pods : new Map([...pods].toSorted(([a], [b]) => a - b));
  return { ...read, since: read.since ?? storeTime, pods: ordered };
}

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
