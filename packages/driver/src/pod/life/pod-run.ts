import {
  type Clock,
  type DirectoryState,
  formatIncarnation,
  type HandOffListener,
  type HeartbeatAck,
  isRouteError,
  isSameRun,
  type Logger,
  parseIncarnation,
  type PodFeedEvent,
  type PodIntent,
  placementHoldMs,
  returnHoldMs,
  type RouteErrorOf,
  type ServerExecutor,
  type StatefulExecutor,
  type StateFeed,
  type UserClaim,
} from '@stateful-route/core';
import type { RouteConfig } from '../../config/route-config.ts';
import type { PodPicker } from '../../state/pod-picker.ts';
import type { ServiceStateCache } from '../../state/service-state-cache.ts';
import { pause } from '../../waiting/pause.ts';
import { ClaimRegistry } from '../claims/claim-registry.ts';
import { ClaimStore } from '../claims/claim-store.ts';
import { HandOffPool } from '../claims/hand-off-pool.ts';
import { Heal } from '../claims/heal.ts';
import { type ClaimGate, PodClaims } from '../claims/pod-claims.ts';
import { Roster } from '../claims/roster.ts';
import type { LoadProbe } from '../load-probe.ts';
import type { PodStatus } from '../pod-status.ts';
import { WorkloadLeader } from '../workload-leader.ts';
import { Fence } from './fence.ts';
import { type BeatingPod, Heartbeat } from './heartbeat.ts';
import { OperatorEar } from './operator-ear.ts';

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
  readonly logger: Logger;
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly feed: StateFeed;
  readonly probe: LoadProbe;
  readonly status: PodStatus;
  readonly states: ServiceStateCache;
  readonly picker: PodPicker;
  /** Draws the run's id. */
  readonly newId: () => string;
  /** What saves users that are handed over. */
  readonly handOffListener: () => HandOffListener | undefined;
  /** Throws where the application may not claim now, other than for the fence. */
  readonly assertRunning: () => void;
  /** The error of a call on a fenced pod. */
  readonly fencedError: () => Error;
  readonly listener: PodRunListener;
}

/**
 * One run of a pod's process, from start to stop: its lives, each with its own fence and heartbeats, and its claims, which
 * outlive a fence. While its last acknowledged heartbeat is young enough it may serve; when it is not, it fences itself
 * and comes back as a new life. A process displaced by a later run of its ordinal is fenced for good.
 */
export class PodRun {
  readonly registry: ClaimRegistry;
  readonly claims: PodClaims;
  readonly pool: HandOffPool;
  readonly store: ClaimStore;
  readonly #parts: PodRunParts;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #leaseMs: number;
  readonly #heal: Heal;
  readonly #roster: Roster | undefined;
  readonly #ear: OperatorEar;
  readonly #leader: WorkloadLeader;
  readonly #ended = new AbortController();
  readonly #id: string;
  #start = 0;
  #life = 0;
  #heartbeat: Heartbeat | undefined;
  #fence: Fence | undefined;
  #last: { readonly ack: HeartbeatAck; readonly sentAt: number } | undefined;
  /** Since when the run's own entry has stood, by the monotonic clock. */
  #standsSince: number | undefined;
  #returning = false;
  #displaced = false;

  constructor(parts: PodRunParts) {
    const { pod, config, clock, logger, stateful, status, states, picker, listener } = parts;
    const ended = this.#ended.signal;
    const retryMs = config.retryDelayMs;
    this.#parts = parts;
    this.#clock = clock;
    this.#logger = logger;
    this.#leaseMs = config.stateCacheExpireSecs * 1_000;
    this.#id = parts.newId();
    status.healing = undefined;
    this.registry = new ClaimRegistry({
      lost: (claims) => listener.lost(claims),
      undo: ({ uid, token }) => this.claims.undo(uid, token),
      letGo: (uid) => this.#letGo(uid),
      changed: () => listener.changed(),
      signalReason: () => (this.isFenced ? parts.fencedError() : new Error('the claim is not held any more')),
    });
    this.store = new ClaimStore({
      stateful,
      clock,
      pod,
      leaseMs: this.#leaseMs,
      timeoutMs: config.timeoutMs,
      retryMs,
      incarnation: () => this.incarnation,
      latestStoreTime: () => this.#latestStoreTime(),
      servingMs: () => this.servingMs(),
    });
    this.#roster =
      config.deadOwner === 'wait'
        ? new Roster({ stateful, logger, pod, incarnation: () => this.incarnation })
        : undefined;
    const shared = { registry: this.registry, store: this.store, clock, logger, pod, retryMs, ended };
    this.claims = new PodClaims({
      ...shared,
      roster: this.#roster,
      gate: this.#gate(),
      timeoutMs: config.timeoutMs,
      userTimeoutMs: config.userTimeoutMs,
    });
    this.#heal = new Heal({
      ...shared,
      claims: this.claims,
      roster: this.#roster,
      periodMs: this.#leaseMs,
      isServing: () => !this.isFenced,
      onHealing: (isHealing) => {
        status.healing = isHealing ? 'held' : undefined;
        this.#publishLater();
      },
      onFenced: () => this.#publishLater(),
    });
    this.pool = new HandOffPool({
      ...shared,
      claims: this.claims,
      states,
      picker,
      linkSeconds: Math.ceil(config.linkInfoCacheTimeSecs),
      listener: parts.handOffListener,
      onHandedOff: (user) => listener.handedOff(user),
    });
    this.#ear = new OperatorEar({
      feed: parts.feed,
      logger,
      pod,
      onPushedIntent: () => this.#publishLater(),
      onIntent: (intent) => listener.intent(intent),
      onPodEvent: (event) => this.#onPodEvent(event),
    });
    const periodMs = config.workloadStateUpdatePeriodSeconds * 1_000;
    this.#leader = new WorkloadLeader(pod, { stateful, clock, logger, periodMs });
  }

  get incarnation(): string {
    return formatIncarnation({ start: this.#start, id: this.#id, life: this.#life });
  }

  get isFenced(): boolean {
    return this.#displaced || this.#parts.status.hasEnded || this.#fence?.isUp !== false;
  }

  get isDisplaced(): boolean {
    return this.#displaced;
  }

  /** How long the pod may still serve without another acknowledged heartbeat, in ms. */
  servingMs(): number {
    return this.isFenced ? 0 : (this.#fence?.remainingMs() ?? 0);
  }

  /** Whether the application said how users are saved. */
  get hasHandOffListener(): boolean {
    return this.#parts.handOffListener() !== undefined;
  }

  /** Resolves when a user comes or goes the next time, or when the signal fires. */
  nextChange(signal: AbortSignal): Promise<void> {
    return this.registry.nextChange(signal);
  }

  isLargeChange(): boolean {
    return this.#heartbeat?.isLargeChange() ?? false;
  }

  /** Resolves when the first heartbeat is acknowledged. When it rejects, nothing is left running. */
  async begin(signal: AbortSignal): Promise<void> {
    const { pod, stateful, server } = this.#parts;
    const { namespace, serviceName } = pod;
    const startedAt = this.#clock.monotonic();
    try {
      const { storeTime } = await stateful.getServiceState(namespace, serviceName, { signal });
      this.#start = Math.max(0, Math.floor(storeTime - (this.#clock.monotonic() - startedAt)));
      await server.registerService(namespace, serviceName, { signal });
      await this.#beginLife(signal);
      await this.#ear.listen(signal);
      await this.#adoptRoster(signal);
    } catch (error) {
      // The first heartbeat may have arrived: readers must not take a pod that never started for alive.
      await this.end(this.#heartbeat?.begun ? this.#parts.config.timeoutMs : undefined);
      throw error;
    }
    this.#leader.begin();
    this.#heal.begin();
  }

  /** From now on operators' intents are obeyed. */
  obey(): void {
    this.#ear.obey();
  }

  /** A heartbeat now. While the pod is fenced the next one says it. */
  async publish(): Promise<void> {
    if (!this.isFenced) await this.#heartbeat?.publish();
  }

  /**
   * The application has set the pod's state. One that ends the lease is sent once the pod serves nobody; from any other the
   * pod comes back.
   */
  async stateChanged(): Promise<void> {
    const { status } = this.#parts;
    if (!status.hasEnded) {
      if (this.#fence?.isUp !== false) this.#comeBackLater();
      await this.publish();
      return;
    }
    this.#fence?.raise();
    await this.#sendLastWord();
  }

  /** The run is over: nobody is served any more, and what is under way is left. */
  stopServing(): void {
    this.#fence?.end();
    this.#ended.abort();
    this.registry.applyToAll({ type: 'end', lost: false });
  }

  /** Ends everything, with a last heartbeat of at most so long if it is this process's to send. */
  async end(lastBeatMs: number | undefined): Promise<void> {
    this.stopServing();
    this.#leader.end();
    const heartbeat = this.#heartbeat;
    heartbeat?.end();
    try {
      await Promise.all([
        lastBeatMs === undefined || this.#displaced ? undefined : heartbeat?.last('TERMINATING', lastBeatMs),
        this.#ear.close(),
      ]);
    } catch (error) {
      // The lease ends by itself; a pod that cannot say so is no reason not to stop.
      this.#logger.warn(
        { err: error, podId: this.#parts.pod.podId },
        'the last heartbeat was not acknowledged',
      );
    }
  }

  async #beginLife(signal: AbortSignal): Promise<void> {
    const { config } = this.#parts;
    const fence = new Fence(this.#clock, this.#leaseMs - config.fenceMarginMs, () => this.#onFenceUp());
    const heartbeat: Heartbeat = new Heartbeat({
      ...this.#parts,
      users: () => this.registry.users,
      incarnation: () => this.incarnation,
      beatenBefore: () => this.#last !== undefined,
      // What an earlier life is still told does not count.
      onAck: (ack, sentAt) => {
        if (this.#heartbeat === heartbeat) this.#onAck(fence, ack, sentAt);
      },
      onFailed: (error) => {
        if (this.#heartbeat === heartbeat) this.#onBeatFailed(error);
      },
    });
    this.#fence = fence;
    this.#heartbeat = heartbeat;
    try {
      await heartbeat.begin(signal);
    } catch (error) {
      fence.end();
      heartbeat.end();
      if (this.#isOfLaterRun(error)) this.#onDisplaced();
      throw error;
    }
    if (this.#parts.status.hasEnded) fence.raise();
  }

  #onAck(fence: Fence, ack: HeartbeatAck, sentAt: number): void {
    const last = this.#last?.ack;
    this.#last = { ack, sentAt };
    this.#standsSince ??= this.#clock.monotonic();
    // The store may have given the run a later start.
    this.#start = Math.max(this.#start, parseIncarnation(ack.incarnation).start);
    fence.renew(sentAt);
    if (last) this.#healAfter(last, ack);
    this.#ear.heed(ack.intent, ack.unknownIntent);
  }

  /** The store may have lost claims: it is another one, it lost the entry, or it kept the entry for longer than a lease. */
  #healAfter(last: DirectoryState, { epoch, previous, storeTime }: HeartbeatAck): void {
    if (this.isFenced) return;
    const isLost = previous?.updateTime === undefined;
    // A pod on a machine that was suspended does not notice by its own clock that its lease was over.
    const wasSilent = !isLost && storeTime - previous.updateTime! > this.#leaseMs;
    if (isLost || wasSilent || epoch !== last.epoch) void this.#heal.heal({ announced: isLost });
  }

  #onBeatFailed(error: unknown): void {
    if (this.#isOfLaterRun(error)) {
      this.#onDisplaced();
      return;
    }
    const ageMs = this.#last && Math.round(this.#clock.monotonic() - this.#last.sentAt);
    this.#logger.warn(
      { err: error, podId: this.#parts.pod.podId, ageMs },
      'a heartbeat was not acknowledged',
    );
  }

  #isOfLaterRun(error: unknown): boolean {
    return (
      isRouteError(error, 'FENCED') && (error.met === undefined || !isSameRun(error.met, this.incarnation))
    );
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

  #onFenceUp(): void {
    const { listener, status, pod } = this.#parts;
    const reason = status.hasEnded
      ? `the application set its state to ${status.state}`
      : 'its last acknowledged heartbeat is nearly as old as its lease';
    this.#logger.error({ ...pod, incarnation: this.incarnation, reason }, 'the pod fenced itself');
    this.#heartbeat?.end();
    this.registry.applyToAll({ type: 'fence' });
    listener.fenced(reason);
    this.#comeBackLater();
  }

  #comeBackLater(): void {
    if (this.#returning) return;
    this.#returning = true;
    void this.#comeBack().finally(() => {
      this.#returning = false;
      // Fenced again, or allowed again, in the moment in which the last attempt ended.
      if (this.isFenced && this.#mayReturn()) this.#comeBackLater();
    });
  }

  #mayReturn(): boolean {
    return !this.#ended.signal.aborted && !this.#displaced && !this.#parts.status.hasEnded;
  }

  async #comeBack(): Promise<void> {
    const { signal } = this.#ended;
    const { config, pod } = this.#parts;
    while (this.#mayReturn()) {
      try {
        if (await this.#returned(signal)) return;
      } catch (error) {
        if (!this.#mayReturn()) return;
        this.#logger.warn({ err: error, ...pod }, 'the pod cannot come back yet');
        await pause(this.#clock, config.retryDelayMs, signal);
      }
    }
  }

  /** One attempt to come back; false when the pod was fenced again meanwhile. */
  async #returned(signal: AbortSignal): Promise<boolean> {
    const { status, pod, listener } = this.#parts;
    if (this.isFenced) {
      this.#life += 1;
      status.healing = 'returning';
      await this.#beginLife(signal);
    }
    const life = this.#life;
    await this.#waitForLivingPods(signal);
    if (this.isFenced) return false;
    await this.#heal.reclaim();
    if (this.isFenced || this.#life !== life || signal.aborted) return false;
    status.healing = undefined;
    const regained = this.registry.claimsIn('held');
    this.#logger.info({ ...pod, incarnation: this.incarnation, users: regained.length }, 'the pod came back');
    listener.unfenced(this.incarnation, regained);
    this.#publishLater();
    return true;
  }

  /** In a directory that came back empty those who never stopped serving put their claims back first. */
  async #waitForLivingPods(signal: AbortSignal): Promise<void> {
    const { stateful, pod } = this.#parts;
    const { ack } = this.#last!;
    if (ack.restored === undefined || ack.storeTime - ack.restored > this.#leaseMs) return;
    while (!signal.aborted && !this.isFenced) {
      const holdMs = returnHoldMs(await stateful.getServiceState(pod.namespace, pod.serviceName, { signal }));
      if (holdMs === 0) return;
      await pause(this.#clock, holdMs, signal);
    }
  }

  async #sendLastWord(): Promise<void> {
    const { status, config, pod } = this.#parts;
    const { state } = status;
    const heartbeat = this.#heartbeat;
    const isWanted = (): boolean =>
      !this.#ended.signal.aborted && !this.#displaced && this.#heartbeat === heartbeat && status.state === state;
    const send = async (): Promise<void> => {
      if (isWanted()) await heartbeat?.last(state, config.timeoutMs);
    };
    await send().catch((error: unknown) => {
      void this.#repeatLastWord(send, isWanted, pod.podId);
      throw error;
    });
  }

  async #repeatLastWord(send: () => Promise<void>, isWanted: () => boolean, podId: number): Promise<void> {
    while (isWanted()) {
      await pause(this.#clock, this.#parts.config.retryDelayMs, this.#ended.signal);
      try {
        await send();
        return;
      } catch (error) {
        this.#logger.warn({ err: error, podId }, 'the pod could not say that its life is over; trying again');
      }
    }
  }

  #onDisplaced(): void {
    if (this.#displaced) return;
    const { listener, pod } = this.#parts;
    const { incarnation } = this;
    this.#displaced = true;
    this.#fence?.end();
    this.#heartbeat?.end();
    this.#leader.end();
    this.#logger.error(
      { ...pod, incarnation },
      'a later process runs under this ordinal; this one must not serve. Stop it',
    );
    this.registry.applyToAll({ type: 'fence' });
    listener.displaced(incarnation);
    listener.fenced('a later process started under this ordinal');
    this.registry.applyToAll({ type: 'end', lost: true });
    this.#ended.abort();
  }

  /** Users whom an earlier run of the ordinal held, and who wait for it. */
  async #adoptRoster(signal: AbortSignal): Promise<void> {
    const { pod } = this.#parts;
    if (!this.#roster) return;
    const entries = await this.#roster.read(signal);
    const uids = entries.map(({ uid }) => uid);
    const links = await this.store.links(uids);
    await Promise.all(
      uids.map(async (uid) => {
        const link = links.get(uid);
        const isOfOrdinal = link?.permanent === true && link.podId === pod.podId;
        if (isOfOrdinal && link.token !== undefined) this.registry.apply(uid, { type: 'adopt', token: link.token });
        else await this.#roster!.leave(uid);
      }),
    );
  }

  #letGo(uid: string): void {
    this.claims.release(uid).catch((error: unknown) => {
      this.#logger.warn({ err: error, uid }, 'the end of a scope could not release the user yet; trying again');
    });
  }

  #latestStoreTime(): number | undefined {
    const last = this.#last;
    return last && last.ack.storeTime + (this.#clock.monotonic() - last.sentAt);
  }

  #gate(): ClaimGate {
    const { config, status } = this.#parts;
    return {
      maxUsers: config.maxUsers,
      assertServing: () => {
        this.#parts.assertRunning();
        if (this.isFenced) throw this.#parts.fencedError();
      },
      isRefusing: () => status.routingState !== 'READY',
      epoch: () => this.#last?.ack.epoch,
      beat: () => this.publish().catch(() => {}),
      placementHoldMs: (signal) => this.#placementHoldMs(signal),
      outlives: (error) => this.#outlives(error),
    };
  }

  #placementHoldMs(signal: AbortSignal | undefined): Promise<number> | 0 {
    const ack = this.#last?.ack;
    const { states, pod } = this.#parts;
    if (ack?.restored === undefined) return 0;
    const known = states.peek(pod.namespace, pod.serviceName)?.snapshot;
    const isOver = known && known.read.restored === ack.restored && placementHoldMs(known.readNow()) === 0;
    if (isOver) return 0;
    return states
      .fresh(pod.namespace, pod.serviceName, { signal })
      .then((fresh) => placementHoldMs(fresh.readNow()));
  }

  /** See `ClaimGate.outlives`: a later run that lives would have beaten by the time that this entry has stood for a lease. */
  async #outlives({ met }: RouteErrorOf<'FENCED'>): Promise<number> {
    await this.publish().catch(() => {});
    if (this.isFenced || met === undefined) return Number.POSITIVE_INFINITY;
    const stoodMs = this.#clock.monotonic() - (this.#standsSince ?? this.#clock.monotonic());
    if (stoodMs <= this.#leaseMs) return this.#leaseMs - stoodMs + 1;
    this.#start = Math.max(this.#start, parseIncarnation(met).start + 1);
    await this.publish().catch(() => {});
    return 0;
  }

  #publishLater(): void {
    // A failure was logged, and the next heartbeat says the same.
    this.publish().catch(() => {});
  }
}
