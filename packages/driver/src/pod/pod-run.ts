import type { Clock, HandOffListener, ServerDriverEvents, UserClaim } from '@stateful-route/core';
import type {
  HeartbeatAck,
  LimitedLogger,
  PodFeedEvent,
  ServerExecutor,
  StatefulExecutor,
  StateFeed,
} from '@stateful-route/core/adapter';
import type { ShedPolicy } from '../config/rebalance.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { notRunning } from '../errors.ts';
import type { ServiceRegistry } from '../service/service-registry.ts';
import type { ObserveGauge } from '../telemetry/meter-telemetry.ts';
import type { PodTelemetry } from '../telemetry/pod-telemetry.ts';
import type { PodPlace } from '../wiring/place.ts';
import { ClaimEnds } from './claims/claim-ends.ts';
import { ClaimRegistry } from './claims/claim-registry.ts';
import { ClaimStore } from './claims/claim-store.ts';
import { HandOffPool } from './claims/hand-off-pool.ts';
import { Heal } from './claims/heal.ts';
import type { MovedUsers } from './claims/moved-users.ts';
import { PodClaims } from './claims/pod-claims.ts';
import { Roster } from './claims/roster.ts';
import type { Saves } from './claims/saves.ts';
import { claimGate } from './life/claim-gate.ts';
import { Incarnations, type PodStatus } from './life/incarnations.ts';
import type { LoadProbe } from './life/load-probe.ts';
import { type KnownIntent, PodSubscriptions } from './pod-subscriptions.ts';
import { WorkloadLeader } from './workload-leader.ts';

/** The events of a run. */
export interface PodRunListener {
  readonly beat: (validForMs: number) => void;
  readonly fenced: (reason: string) => void;
  readonly unfenced: (incarnation: string, claims: readonly UserClaim[]) => void;
  readonly displaced: (incarnation: string) => void;
  readonly lost: (claims: readonly UserClaim[]) => void;
  readonly handedOff: (user: UserClaim & { readonly podId: number | undefined }) => void;
  readonly handOffEnded: (end: ServerDriverEvents['handOffEnded']) => void;
  readonly intent: (intent: KnownIntent) => void;
  /** The reply to the last heartbeat may have orders to obey. */
  readonly orders: () => void;
  /** A user came or went; `isFewer`: went. */
  readonly changed: (isFewer: boolean) => void;
}

/** What a run depends on. */
export interface PodRunParts {
  readonly pod: PodPlace;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly feed: StateFeed;
  readonly probe: LoadProbe;
  readonly telemetry: PodTelemetry;
  readonly status: PodStatus;
  readonly services: ServiceRegistry;
  /** Draws the run's id. */
  readonly newId: () => string;
  readonly saves: Saves;
  readonly moved: MovedUsers;
  readonly shed: ShedPolicy;
  /** Saves users that are handed over. */
  readonly handOffListener: () => HandOffListener | undefined;
  /** Throws `NOT_RUNNING` if the pod is stopping. */
  readonly assertRunning: () => void;
  readonly isStopping: () => boolean;
  readonly listener: PodRunListener;
}

/** One run of a pod, from start to stop: its incarnations and its claims. */
export class PodRun {
  readonly registry: ClaimRegistry;
  readonly claims: PodClaims;
  readonly ends: ClaimEnds;
  readonly pool: HandOffPool;
  readonly store: ClaimStore;
  readonly incarnations: Incarnations;
  readonly #parts: PodRunParts;
  readonly #leaseMs: number;
  readonly #heal: Heal;
  readonly #roster: Roster | undefined;
  readonly #subscriptions: PodSubscriptions;
  readonly #leader: WorkloadLeader;
  readonly #ended = new AbortController();
  /** The users claimed again since the fence, and their tokens. */
  readonly #regained = new Map<string, number>();
  #announcedAt: number | undefined;
  #obeys = false;
  #presentAtEnd: ReadonlySet<string> | undefined;
  #unobserve: (() => void) | undefined;

  constructor(parts: PodRunParts) {
    const { pod, config, clock, logger, stateful, services, listener } = parts;
    const ended = this.#ended.signal;
    const retryMs = config.retryDelayMs;
    this.#parts = parts;
    this.#leaseMs = config.stateCacheExpireSecs * 1_000;
    this.registry = new ClaimRegistry({
      lost: (claims, reason) => {
        parts.telemetry.losses[reason].value += claims.length;
        listener.lost(claims);
      },
      undo: ({ uid, token }) => this.ends.undo(uid, token),
      letGo: (uid) => this.ends.letGo(uid),
      changed: listener.changed,
      signalReason: () =>
        this.isFenced
          ? this.incarnations.fencedError()
          : new Error('the pod does not hold the user any more'),
    });
    this.incarnations = new Incarnations({
      ...parts,
      // A dot separates the parts of an incarnation.
      id: parts.newId().replaceAll('.', '-'),
      users: () => this.registry.users,
      isHealing: () => this.#heal.isHealing,
      guard: () => this.#leader.guard,
      onAck: (ack, last) => this.#onAck(ack, last),
      onFenced: (reason) => {
        this.registry.applyToAll({ type: 'fence' });
        listener.fenced(reason);
      },
      reclaim: () => this.#heal.reclaim(({ uid, token }) => this.#regained.set(uid, token)),
      onReturned: () => this.#onReturned(),
      onDisplaced: () => this.#onDisplaced(),
      ended,
    });
    this.store = new ClaimStore({
      stateful,
      clock,
      pod,
      leaseMs: this.#leaseMs,
      timeoutMs: config.timeoutMs,
      retryMs,
      incarnations: this.incarnations,
    });
    this.#roster =
      config.deadOwner === 'wait'
        ? new Roster({ stateful, logger, pod, incarnations: this.incarnations })
        : undefined;
    const { telemetry } = parts;
    const shared = {
      registry: this.registry,
      store: this.store,
      clock,
      logger,
      pod,
      retryMs,
      ended,
      telemetry,
    };
    const linkSeconds = Math.ceil(config.linkInfoCacheTimeSecs);
    const gate = claimGate({ ...parts, incarnations: this.incarnations });
    this.ends = new ClaimEnds({
      ...shared,
      roster: this.#roster,
      timeoutMs: config.timeoutMs,
      userTimeoutMs: config.userTimeoutMs,
    });
    this.claims = new PodClaims({
      ...shared,
      ends: this.ends,
      roster: this.#roster,
      gate,
      moved: parts.moved,
      timeoutMs: config.timeoutMs,
    });
    this.#heal = new Heal({
      ...shared,
      ends: this.ends,
      roster: this.#roster,
      periodMs: this.#leaseMs,
      isServing: () => !this.isFenced,
      onHealing: () => this.incarnations.publishLater(),
      isReturning: () => this.incarnations.isReturning,
      fencedForMs: (error) => gate.fencedForMs(error),
    });
    this.pool = new HandOffPool({
      ...shared,
      ends: this.ends,
      services,
      saves: parts.saves,
      moved: parts.moved,
      linkSeconds,
      listener: parts.handOffListener,
      onHandedOff: (user) => listener.handedOff(user),
      onHandOffEnded: (end) => listener.handOffEnded(end),
    });
    this.#subscriptions = new PodSubscriptions({
      feed: parts.feed,
      logger,
      pod,
      onPushedIntent: () => this.incarnations.publishLater(),
      onIntent: (intent) => listener.intent(intent),
      onPodEvent: (event) => this.#onPodEvent(event),
    });
    const periodMs = config.workloadStateUpdatePeriodSeconds * 1_000;
    const onGuard = (): void => this.incarnations.publishLater();
    this.#leader = new WorkloadLeader(pod, {
      ...parts,
      periodMs,
      replicaTarget: config.replicaTarget,
      onGuard,
    });
  }

  get isFenced(): boolean {
    return this.incarnations.isFenced;
  }

  /** Resolves when the first heartbeat is acknowledged. When it rejects, nothing is left running. */
  async begin(signal: AbortSignal): Promise<void> {
    const { pod, stateful, server, clock, config } = this.#parts;
    const { namespace, serviceName } = pod;
    const startedAt = clock.monotonic();
    try {
      const { storeTime } = await stateful.getServiceState(namespace, serviceName, { signal });
      const start = Math.max(0, Math.floor(storeTime - (clock.monotonic() - startedAt)));
      await server.registerService(namespace, serviceName, { signal });
      await this.incarnations.begin(start, signal);
      await this.#subscriptions.subscribe(signal);
      await this.#adoptRoster(signal);
    } catch (error) {
      // The first heartbeat may have reached the store: a pod that did not start must not look alive.
      await this.end(this.incarnations.begun ? config.timeoutMs : undefined);
      throw error;
    }
    this.#leader.begin();
    this.#heal.begin();
    this.#unobserve = this.#parts.telemetry.observe((observe) => this.#observe(observe));
  }

  /** Obeys operators' intents and orders from now on. */
  obey(): void {
    this.#obeys = true;
    this.#subscriptions.obey();
    this.#obeyOrders();
  }

  /** Ends the run: no user is served any more, and operations under way are abandoned. */
  stopServing(): void {
    const reason = notRunning('pod', 'The pod stopped.');
    this.incarnations.stopServing(reason);
    this.#end(reason, false);
  }

  /** How many users are here in any state; after the end of the run, how many were. */
  get present(): number {
    return this.#presentAtEnd?.size ?? this.registry.present;
  }

  /** The users who are here in any state. */
  presentUids(): Set<string> {
    return new Set([...this.registry.uids()].filter((uid) => this.isPresent(uid)));
  }

  /** Whether the user is here in any state; after the end of the run, whether the user was. */
  isPresent(uid: string): boolean {
    return this.#presentAtEnd?.has(uid) ?? this.registry.life(uid).state.at !== 'none';
  }

  /** Fires when the run is over. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Ends everything. With `lastBeatMs` it sends a last heartbeat with this timeout. */
  async end(lastBeatMs: number | undefined): Promise<void> {
    this.stopServing();
    this.#leader.end();
    this.#unobserve?.();
    try {
      const lastBeat = lastBeatMs === undefined ? undefined : this.incarnations.sendTerminating(lastBeatMs);
      await Promise.all([lastBeat, this.#subscriptions.close()]);
    } catch (error) {
      // The lease ends by itself, so the pod stops all the same.
      const { logger, pod } = this.#parts;
      logger.warn({ err: error, podId: pod.podId }, 'the last heartbeat was not acknowledged');
    }
  }

  #end(reason: Error, lost: boolean): void {
    // A listener of the end may stop the pod: the run ends once.
    if (this.#presentAtEnd) return;
    this.#presentAtEnd = this.presentUids();
    this.registry.applyToAll({ type: 'end', lost });
    this.#ended.abort(reason);
  }

  /** Tells the pod's gauges. */
  #observe(observe: ObserveGauge): void {
    const { telemetry, status } = this.#parts;
    const { attributes } = telemetry;
    const { publishedLoad, beatAgeMs } = this.incarnations;
    observe('pod.users', this.registry.users, attributes);
    if (publishedLoad !== undefined) observe('pod.load', publishedLoad, attributes);
    if (status.maxUsers !== undefined) observe('pod.capacity', status.maxUsers, attributes);
    if (beatAgeMs !== undefined) observe('heartbeat.age', beatAgeMs / 1_000, attributes);
    observe('handoff.left', status.isDraining ? this.present : 0, attributes);
    const { imbalance, callers, desiredReplicas } = this.#leader;
    const { pod: _, ...service } = attributes;
    if (imbalance !== undefined) observe('imbalance', imbalance, service);
    if (callers !== undefined) observe('callers', callers, service);
    if (desiredReplicas !== undefined) observe('desired_replicas', desiredReplicas, service);
  }

  #onAck(ack: HeartbeatAck, last: HeartbeatAck | undefined): void {
    if (last && !this.isFenced) {
      const { previous, epoch, storeTime } = ack;
      // If the reply of the heartbeat that found no entry was lost, `restored` has changed.
      const isLost = previous?.updateTime === undefined || ack.restored !== last.restored;
      // On a machine that was suspended, the pod's own clock does not show that its lease was over.
      const wasSilent = storeTime - (previous?.updateTime ?? storeTime) > this.#leaseMs;
      if (isLost || wasSilent || epoch !== last.epoch || ack.since !== last.since)
        void this.#heal.heal({ announced: isLost && !this.incarnations.isReturning && this.#mayAnnounce() });
    }
    this.#subscriptions.onIntent(ack);
    if (!this.incarnations.isReturning) this.#tellBeat();
  }

  #tellBeat(): void {
    if (!this.isFenced) this.#parts.listener.beat(this.incarnations.servingMs());
    this.#obeyOrders();
  }

  #obeyOrders(): void {
    const { isStopping, listener } = this.#parts;
    if (this.#obeys && !this.isFenced && !isStopping()) listener.orders();
  }

  /** At most once in a period: an announcement is a heartbeat, whose reply could cause the next announcement. */
  #mayAnnounce(): boolean {
    const { clock, config } = this.#parts;
    const now = clock.monotonic();
    const periodMs = config.serviceStateUpdatePeriodSeconds * 1_000;
    if (this.#announcedAt !== undefined && now - this.#announcedAt < periodMs) return false;
    this.#announcedAt = now;
    return true;
  }

  #onPodEvent(event: PodFeedEvent): void {
    if (event.type === 'missed') {
      if (!this.isFenced) void this.#heal.heal();
      return;
    }
    // The reply to a heartbeat has the order.
    if (event.type === 'order') {
      this.incarnations.publishLater();
      return;
    }
    const { uid, token } = event;
    if (this.registry.isBusy(uid) || token === undefined) void this.#heal.healOne(uid);
    else this.registry.apply(uid, { type: 'gone', token });
  }

  #onReturned(): void {
    const { logger, pod, listener } = this.#parts;
    const { incarnation } = this.incarnations;
    const regained = [...this.#regained]
      .map(([uid, token]) => ({ uid, token }))
      .filter(({ uid, token }) => this.registry.heldToken(uid) === token);
    this.#regained.clear();
    logger.info({ ...pod, incarnation, users: regained.length }, 'the pod came back');
    listener.unfenced(incarnation, regained);
    this.#tellBeat();
  }

  #onDisplaced(): void {
    const { listener } = this.#parts;
    this.#leader.end();
    // Before the events: a listener may stop the pod.
    this.#end(this.incarnations.fencedError(), true);
    listener.displaced(this.incarnations.incarnation);
    listener.fenced('a later process started under this ordinal');
  }

  /** Takes in the users of an earlier run of the ordinal, who wait for it. */
  async #adoptRoster(signal: AbortSignal): Promise<void> {
    const { podId } = this.#parts.pod;
    const roster = this.#roster;
    if (!roster) return;
    const entries = await roster.read(signal);
    const uids = entries.map(({ uid }) => uid);
    const { links } = await this.store.links(uids);
    await Promise.all(
      uids.map(async (uid) => {
        // A user whose keys cannot be read stays in the roster.
        if (!links.has(uid)) return;
        const link = links.get(uid);
        const isOfOrdinal = link?.permanent === true && link.podId === podId;
        if (!isOfOrdinal || link.token === undefined) await roster.leave(uid);
        else this.registry.apply(uid, { type: 'adopt', token: link.token });
      }),
    );
  }
}
