import type { Clock, HandOffListener, UserClaim } from '@stateful-route/core';
import type {
  HeartbeatAck,
  LimitedLogger,
  PodFeedEvent,
  PodIntent,
  ServerExecutor,
  StatefulExecutor,
  StateFeed,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from '../config/route-config.ts';
import type { PodPicker } from '../service/pod-picker.ts';
import type { ServiceStateCache } from '../service/service-state-cache.ts';
import { notRunning } from '../waiting/lifecycle.ts';
import { ClaimEnds } from './claims/claim-ends.ts';
import { ClaimRegistry } from './claims/claim-registry.ts';
import { ClaimStore } from './claims/claim-store.ts';
import { HandOffPool } from './claims/hand-off-pool.ts';
import { Heal } from './claims/heal.ts';
import { PodClaims } from './claims/pod-claims.ts';
import { Roster } from './claims/roster.ts';
import type { Saves } from './claims/saves.ts';
import type { LoadProbe } from './life/load-probe.ts';
import type { PodStatus } from './life/pod-status.ts';
import { WorkloadLeader } from './workload-leader.ts';
import { claimGate } from './life/claim-gate.ts';
import type { BeatingPod } from './life/heartbeat.ts';
import { OperatorEar } from './pod-subscriptions.ts';
import { PodLives } from './life/pod-lives.ts';

/** What a run tells of. */
export interface PodRunListener {
  fenced(reason: string): void;
  unfenced(incarnation: string, claims: readonly UserClaim[]): void;
  displaced(incarnation: string): void;
  lost(claims: readonly UserClaim[]): void;
  handedOff(user: UserClaim & { readonly podId: number | undefined }): void;
  intent(intent: PodIntent): void;
  /** A user came or went. */
  changed(): void;
}

/** What a run stands on. */
export interface PodRunParts {
  readonly pod: BeatingPod;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly feed: StateFeed;
  readonly probe: LoadProbe;
  readonly status: PodStatus;
  readonly states: ServiceStateCache;
  readonly picker: PodPicker;
  /** Draws the run's id. */
  readonly newId: () => string;
  readonly saves: Saves;
  /** What saves users that are handed over. */
  readonly handOffListener: () => HandOffListener | undefined;
  /** Throws where the application may not claim now, other than for the fence. */
  readonly assertRunning: () => void;
  /** The error of a call on a fenced pod. */
  readonly fencedError: () => Error;
  readonly listener: PodRunListener;
}

/** One run of a pod's process, from start to stop: its lives, and its claims, which outlive a fence. */
export class PodRun {
  readonly registry: ClaimRegistry;
  readonly claims: PodClaims;
  readonly ends: ClaimEnds;
  readonly pool: HandOffPool;
  readonly store: ClaimStore;
  readonly lives: PodLives;
  readonly #parts: PodRunParts;
  readonly #leaseMs: number;
  readonly #heal: Heal;
  readonly #roster: Roster | undefined;
  readonly #ear: OperatorEar;
  readonly #leader: WorkloadLeader;
  readonly #ended = new AbortController();
  /** The users that were taken up again after the fence, and their tokens. */
  readonly #regained = new Map<string, number>();
  #announcedAt: number | undefined;
  #presentAtEnd: ReadonlySet<string> | undefined;

  constructor(parts: PodRunParts) {
    const { pod, config, clock, logger, stateful, states, picker, listener } = parts;
    const ended = this.#ended.signal;
    const retryMs = config.retryDelayMs;
    this.#parts = parts;
    this.#leaseMs = config.stateCacheExpireSecs * 1_000;
    const incarnation = (): string => this.lives.incarnation;
    this.registry = new ClaimRegistry({
      lost: (claims) => listener.lost(claims),
      undo: ({ uid, token }) => this.ends.undo(uid, token),
      letGo: (uid) => this.ends.letGo(uid),
      changed: () => listener.changed(),
      signalReason: () =>
        this.isFenced ? parts.fencedError() : new Error('the pod does not hold the user any more'),
    });
    this.lives = new PodLives({
      ...parts,
      // A dot separates the parts of an incarnation.
      id: parts.newId().replaceAll('.', '-'),
      users: () => this.registry.users,
      isHealing: () => this.#heal.isHealing,
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
      incarnation,
      servingMs: () => this.lives.servingMs(),
    });
    this.#roster =
      config.deadOwner === 'wait' ? new Roster({ stateful, logger, pod, incarnation }) : undefined;
    const shared = { registry: this.registry, store: this.store, clock, logger, pod, retryMs, ended };
    const gate = claimGate({ ...parts, lives: this.lives });
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
    });
    this.#heal = new Heal({
      ...shared,
      ends: this.ends,
      roster: this.#roster,
      periodMs: this.#leaseMs,
      isServing: () => !this.isFenced,
      onHealing: () => this.lives.publishLater(),
      isReturning: () => this.lives.isReturning,
      outlives: (error) => gate.outlives(error),
    });
    this.pool = new HandOffPool({
      ...shared,
      ends: this.ends,
      states,
      picker,
      saves: parts.saves,
      linkSeconds: Math.ceil(config.linkInfoCacheTimeSecs),
      listener: parts.handOffListener,
      onHandedOff: (user) => listener.handedOff(user),
    });
    this.#ear = new OperatorEar({
      feed: parts.feed,
      logger,
      pod,
      onPushedIntent: () => this.lives.publishLater(),
      onIntent: (intent) => listener.intent(intent),
      onPodEvent: (event) => this.#onPodEvent(event),
    });
    const periodMs = config.workloadStateUpdatePeriodSeconds * 1_000;
    this.#leader = new WorkloadLeader(pod, { stateful, clock, logger, periodMs });
  }

  get isFenced(): boolean {
    return this.lives.isFenced;
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
      await this.lives.begin(start, signal);
      await this.#ear.listen(signal);
      await this.#adoptRoster(signal);
    } catch (error) {
      // The first heartbeat may have arrived: readers must not take a pod that never started for alive.
      await this.end(this.lives.begun ? config.timeoutMs : undefined);
      throw error;
    }
    this.#leader.begin();
    this.#heal.begin();
  }

  /** From now on operators' intents are obeyed. */
  obey(): void {
    this.#ear.obey();
  }

  /** The run is over: nobody is served any more, and what is under way is left. */
  stopServing(): void {
    const reason = notRunning('pod', 'The pod stopped.');
    this.lives.stopServing(reason);
    this.#end(reason, false);
  }

  /** How many users are here in any way; after the end of the run, how many were. */
  get present(): number {
    return this.#presentAtEnd?.size ?? this.registry.present;
  }

  /** Whether the user is here in any way, or was when the run ended. */
  isPresent(uid: string): boolean {
    return this.#presentAtEnd?.has(uid) ?? this.registry.life(uid).state.at !== 'none';
  }

  /** Fires when the run is over. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Ends everything, with a last heartbeat of at most so long, if one is to be sent. */
  async end(lastBeatMs: number | undefined): Promise<void> {
    this.stopServing();
    this.#leader.end();
    try {
      const lastBeat = lastBeatMs === undefined ? undefined : this.lives.sayTerminating(lastBeatMs);
      await Promise.all([lastBeat, this.#ear.close()]);
    } catch (error) {
      // The lease ends by itself; a pod that cannot say so is no reason not to stop.
      const { logger, pod } = this.#parts;
      logger.warn({ err: error, podId: pod.podId }, 'the last heartbeat was not acknowledged');
    }
  }

  #end(reason: Error, lost: boolean): void {
    // A listener may stop the pod when it is told of the end: the run ends once.
    if (this.#presentAtEnd) return;
    this.#presentAtEnd = new Set([...this.registry.uids()].filter((uid) => this.isPresent(uid)));
    this.registry.applyToAll({ type: 'end', lost });
    this.#ended.abort(reason);
  }

  #onAck(ack: HeartbeatAck, last: HeartbeatAck | undefined): void {
    if (last && !this.isFenced) {
      const { previous, epoch, storeTime } = ack;
      // Where the reply of the heartbeat that found no entry was lost, the directory tells of it.
      const isLost = previous?.updateTime === undefined || ack.restored !== last.restored;
      // A pod on a machine that was suspended does not notice by its own clock that its lease was over.
      const wasSilent = storeTime - (previous?.updateTime ?? storeTime) > this.#leaseMs;
      if (isLost || wasSilent || epoch !== last.epoch || ack.since !== last.since)
        void this.#heal.heal({ announced: isLost && !this.lives.isReturning && this.#mayAnnounce() });
    }
    this.#ear.heed(ack.intent, ack.unknownIntent);
  }

  /** At most once in a period: an announcement is a heartbeat, and must not lead to the next one. */
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
    const { uid, token } = event;
    if (this.registry.isBusy(uid) || token === undefined) void this.#heal.healOne(uid);
    else this.registry.apply(uid, { type: 'gone', token });
  }

  #onReturned(): void {
    const { logger, pod, listener } = this.#parts;
    const { incarnation } = this.lives;
    const regained = [...this.#regained]
      .map(([uid, token]) => ({ uid, token }))
      .filter(({ uid, token }) => this.registry.heldToken(uid) === token);
    this.#regained.clear();
    logger.info({ ...pod, incarnation, users: regained.length }, 'the pod came back');
    listener.unfenced(incarnation, regained);
  }

  #onDisplaced(): void {
    const { listener } = this.#parts;
    this.#leader.end();
    // Before anything is told: a listener may stop the pod.
    this.#end(this.#parts.fencedError(), true);
    listener.displaced(this.lives.incarnation);
    listener.fenced('a later process started under this ordinal');
  }

  /** Users whom an earlier run of the ordinal held, and who wait for it. */
  async #adoptRoster(signal: AbortSignal): Promise<void> {
    const { podId } = this.#parts.pod;
    const roster = this.#roster;
    if (!roster) return;
    const entries = await roster.read(signal);
    const uids = entries.map(({ uid }) => uid);
    const { links } = await this.store.links(uids);
    await Promise.all(
      uids.map(async (uid) => {
        // Who cannot be read stays in the roster.
        if (!links.has(uid)) return;
        const link = links.get(uid);
        const isOfOrdinal = link?.permanent === true && link.podId === podId;
        if (!isOfOrdinal || link.token === undefined) await roster.leave(uid);
        else this.registry.apply(uid, { type: 'adopt', token: link.token });
      }),
    );
  }
}
