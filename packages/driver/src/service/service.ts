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
import type { ObserveGauge } from '../telemetry/meter-telemetry.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import { ServiceTelemetry } from '../telemetry/service-telemetry.ts';
import { CallerCount, type CallerCountParts } from './caller-count.ts';
import { type PlacementPolicy, Placements, UnreachablePods } from './placements.ts';
import { type PushedChange, ServiceFeed } from './service-feed.ts';
import { ServiceLinks, type ServiceLinksParts } from './service-links.ts';

const UNREAD = 'the pods could not be read; the last snapshot stays';
const MASS_EXPIRY =
  'more than half of the pods stopped beating at once; no user is taken over, look at the store and the network';

/** What all services of a route share. */
export interface ServiceParts extends ServiceLinksParts {
  readonly stateful: StatefulExecutor;
  readonly feed: StateFeed;
  readonly logger: LimitedLogger;
  readonly policy: PlacementPolicy;
  /** The strategy's name; `custom` for the application's own. */
  readonly strategyName: string;
  readonly telemetry: RouteTelemetry;
  /** `undefined` where callers are not counted. */
  readonly counting: CallerCountParts | undefined;
  readonly refreshMs: number;
  /** How long a subscription may take. */
  readonly subscribeMs: number;
  /** How long a snapshot is used after the last successful read, and a service is refreshed after its last use. */
  readonly leaseMs: number;
  readonly onIdle: (service: Service) => void;
  /** Whether the namespace has listeners. */
  readonly isListenedTo: (namespace: string) => boolean;
  readonly publish: (change: RoutingStateChange) => void;
}

/**
 * All that this process remembers of one service: its snapshot, links, placements, unreachable pods and requests under way.
 *
 * The snapshot is replaced whole after every read and every pushed change. What is read counts; a push is a hint. So after a
 * gap, a reconnect, or `refreshMs` without a change the service is read again.
 *
 * A service that nobody watches is dropped with all of this. If it never had pods, that is `refreshMs` after its last use; until
 * then it is neither read nor subscribed. If it has pods, it is a lease after its last use, unless its namespace has listeners.
 * While one of its pods may be alive, the last snapshot is kept beyond that, neither read nor subscribed, to compare the
 * next read with.
 */
export class Service {
  readonly namespace: string;
  readonly serviceName: string;
  /** How many refreshes have passed since the last use. */
  idleRefreshes = 0;
  /** The number of `watch` calls that keep it. */
  watchers = 0;
  readonly telemetry: ServiceTelemetry;
  readonly links: ServiceLinks;
  readonly placements: Placements;
  readonly unreachable: UnreachablePods;
  #snapshot: Snapshot | undefined;
  /** The monotonic time of the last read. */
  #readAt = 0;
  #lastRead: ServiceStateRead | undefined;
  /** The changes pushed during the read under way. */
  #pushed: PushedChange[] | undefined;
  /** The store time of the read that missed a pod known to be alive. */
  #restoredAt: number | undefined;
  #reading: Promise<Snapshot> | undefined;
  #nextReading: Promise<Snapshot> | undefined;
  #cancelTimer: (() => void) | undefined;
  #closed = false;
  /** Whether the last snapshot is kept only to compare the next read with. */
  #dormant = false;
  #everHadPods = false;
  readonly #changes = new Set<(podId: number) => void>();
  readonly #feed: ServiceFeed;
  readonly #callers: CallerCount | undefined;
  readonly #parts: ServiceParts;

  constructor(namespace: string, serviceName: string, parts: ServiceParts) {
    this.namespace = namespace;
    this.serviceName = serviceName;
    this.#parts = parts;
    this.telemetry = new ServiceTelemetry(parts.telemetry, this, parts.strategyName);
    this.unreachable = new UnreachablePods(parts.clock, (podId) => this.#snapshot?.pods.get(podId));
    this.placements = new Placements(parts.policy, this.unreachable);
    this.#callers = parts.counting && new CallerCount(this.#named(), this.placements, parts.counting);
    this.links = new ServiceLinks(this, parts);
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

  /** The last snapshot; `undefined` before the first read, and if no read has succeeded for a lease. */
  get snapshot(): Snapshot | undefined {
    const last = this.#snapshot;
    return last && !this.#dormant && last.ageMs() <= this.#parts.leaseMs ? last : undefined;
  }

  /** The monotonic time until which a snapshot, if no newer one comes, gives the same verdict on every pod. */
  validUntil(snapshot: Snapshot): number {
    const { clock, leaseMs } = this.#parts;
    return Math.min(snapshot.validUntil(), clock.monotonic() + leaseMs - snapshot.ageMs());
  }

  /** Whether the subscription is paused, as the service had no pods when it was read. */
  get isPaused(): boolean {
    return this.#feed.isPaused;
  }

  /** Whether a snapshot is the last one, whatever its age. After `close` no snapshot is. */
  isLast(snapshot: Snapshot): boolean {
    return snapshot === this.#snapshot && !this.#closed;
  }

  /** Reads the service, and keeps it fresh from then on. Concurrent calls share the read. */
  load(): Promise<Snapshot> {
    return this.#reading ?? this.#read();
  }

  /** A snapshot from a read that begins after this call. Calls during a read share the next one. */
  fresh(): Promise<Snapshot> {
    if (!this.#reading) return this.#read();
    this.#nextReading ??= this.#reading.then(
      () => this.load(),
      () => this.load(),
    );
    return this.#nextReading;
  }

  /** Calls the listener with each pod whose routing changes, until the returned function is called. */
  onPodChange(listener: (podId: number) => void): () => void {
    this.#changes.add(listener);
    return () => {
      this.#changes.delete(listener);
    };
  }

  /** Notes a pod that this process could not reach, and its entry when it was called. */
  foundUnreachable(podId: number, called?: StatefulServiceState): void {
    this.telemetry.unreachable.value += 1;
    this.unreachable.add(podId, called);
  }

  /** Tells the gauges of a service whose pods are kept fresh. */
  observe(observe: ObserveGauge): void {
    const snapshot = this.#snapshot;
    if (!snapshot || this.#dormant || !this.#everHadPods) return;
    const { attributes } = this.telemetry;
    observe('link_cache.size', this.links.size, attributes);
    observe('snapshot.age', snapshot.ageMs() / 1_000, attributes);
    observe('guard.active', isMassExpiry(snapshot.readNow()) ? 1 : 0, attributes);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#callers?.close();
    this.links.clear();
    await this.#feed.close();
  }

  #read(): Promise<Snapshot> {
    this.#cancelTimer?.();
    // A later call of `fresh` cannot share this read.
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
    // Subscribes first, so that no change is missed between the two.
    await this.#feed.ready();
    this.#pushed = [];
    // A pod that was alive before the read and is missing in it has lost its entry.
    const alive = this.#snapshot?.alive;
    const read = await stateful.getServiceState(this.namespace, this.serviceName);
    // A change pushed meanwhile may be newer than the read.
    const now = this.#pushed.reduce((before, change) => withChange(before, change), read);
    const restored = this.#restoredBy(read, alive);
    this.#lastRead = read;
    this.#everHadPods ||= now.pods.size > 0;
    if (!this.#everHadPods && this.watchers === 0) void this.#feed.pause();
    this.#readAt = clock.monotonic();
    this.#dormant = false;
    this.#report(read);
    return this.#swap(restored === now.restored ? now : { ...now, restored });
  }

  /** When the directory was restored: as the read says, or as this reader sees by a living pod that lost its entry. */
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
      else if (this.#isSnapshotNeeded()) this.#becomeDormant();
      else onIdle(this);
    }, refreshMs);
  }

  #isWanted(): boolean {
    // Requests under way read the service again until they are answered.
    if (this.watchers > 0 || this.links.isBusy) return true;
    if (!this.#everHadPods) return false;
    const { refreshMs, leaseMs, isListenedTo } = this.#parts;
    return this.idleRefreshes * refreshMs <= leaseMs || isListenedTo(this.namespace);
  }

  /**
   * Whether the last snapshot is still needed. Until its pods' leases are over, an entry that is missing in the next read shows
   * that the store came back empty. After that was found, users without a link wait for a while.
   */
  #isSnapshotNeeded(): boolean {
    const last = this.#snapshot;
    if (!last) return false;
    if (this.#restoredAt !== undefined && placementHoldMs(last.readNow()) > 0) return true;
    return [...last.alive.values()].some(({ updateTime }) => updateTime !== undefined);
  }

  /** Keeps nothing but the last snapshot until the next use. */
  #becomeDormant(): void {
    this.#dormant = true;
    this.links.clear();
    void this.#feed.pause();
    this.#schedule();
  }

  #refresh(): void {
    this.fresh().catch((error: unknown) => {
      if (this.#closed) return;
      const ageMs = this.#snapshot && Math.round(this.#snapshot.ageMs());
      this.#parts.logger.warn({ err: error, ageMs, ...this.#named() }, UNREAD);
    });
  }

  /** Logs what a read shows of the whole service. */
  #report(read: ServiceStateRead): void {
    const { logger } = this.#parts;
    const service = this.#named();
    logger.over(service, UNREAD, 'the pods can be read again');
    if (isMassExpiry(read)) logger.error({ ...service, pods: read.pods.size }, MASS_EXPIRY);
    else
      logger.over(
        service,
        MASS_EXPIRY,
        'most pods beat again, or are long dead; users of dead pods are taken over again',
      );
  }

  #apply(change: PushedChange): void {
    this.#pushed?.push(change);
    if (!this.#snapshot) return;
    this.#swap(withChange(this.#snapshot.read, change));
    this.#everHadPods ||= this.#snapshot.pods.size > 0;
  }

  #swap(read: ServiceStateRead): Snapshot {
    const last = this.#snapshot;
    if (last?.read === read) return last;
    // A push makes no entry younger: ages, and the snapshot's own, count from the last read.
    const next = new Snapshot(read, this.#parts.clock, this.#readAt, this.#lastRead);
    this.#snapshot = next;
    if (last && !this.#closed) this.#publishChanges(withinLease(last.read), withinLease(read));
    return next;
  }

  #publishChanges(before: Pods, after: Pods): void {
    for (const podId of new Set([...before.keys(), ...after.keys()])) {
      const previous = before.get(podId);
      const current = after.get(podId);
      if (!differ(previous, current)) continue;
      for (const changed of this.#changes) changed(podId);
      this.#parts.publish({ ...this.#named(), podId, previous, current });
    }
  }

  #named(): { namespace: string; serviceName: string } {
    return { namespace: this.namespace, serviceName: this.serviceName };
  }
}

type Pods = ReadonlyMap<number, StatefulServiceState>;

/** A read with a pushed change in it. The read already includes a change that is older. */
function withChange(read: ServiceStateRead, { storeTime, podId, current }: PushedChange): ServiceStateRead {
  if (storeTime < read.storeTime) return read;
  const pods = new Map(read.pods);
  if (current) pods.set(podId, current);
  else pods.delete(podId);
  const ordered = read.pods.has(podId) ? pods : new Map([...pods].toSorted(([a], [b]) => a - b));
  return { ...read, since: read.since ?? storeTime, pods: ordered };
}

/** The pods whose last heartbeat is within their lease. To a listener any other has vanished. */
function withinLease({ pods, storeTime }: ServiceStateRead): Pods {
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
