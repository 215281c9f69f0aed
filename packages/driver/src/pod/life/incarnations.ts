import {
  type Clock,
  isRouteError,
  type PodMetadata,
  routeError,
  type RoutingState,
  type ServiceState,
} from '@stateful-route/core';
import {
  compareIncarnations,
  formatIncarnation,
  type HeartbeatAck,
  isSameRun,
  type LimitedLogger,
  parseIncarnation,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from '../../config/route-config.ts';
import { pause } from '../../waiting/pause.ts';
import type { FenceReason, PodTelemetry } from '../../telemetry/pod-telemetry.ts';
import type { PodPlace } from '../../wiring/place.ts';
import { Fence } from './fence.ts';
import { Heartbeat } from './heartbeat.ts';
import type { LoadProbe } from './load-probe.ts';
import { Return } from './return.ts';

const UNACKNOWLEDGED = 'a heartbeat was not acknowledged';

/** Why new users are refused: a drain of the application's or of an operator's, an operator's cordon, or the end of the run. */
export type Refusal = 'application' | 'drain' | 'cordon' | 'stop';

/** What the application says of its pod: the driver writes it, heartbeats publish it. */
export class PodStatus {
  state: ServiceState = 'READY';
  /** `undefined`: the application set none. */
  loadState: number | undefined;
  metadata: PodMetadata = {};
  maxUsers: number | undefined;
  /** What the application set. */
  ownRoutingState: RoutingState = 'READY';
  readonly refusals: Set<Refusal> = new Set();

  get routingState(): RoutingState {
    return this.refusals.size > 0 && this.ownRoutingState === 'READY'
      ? 'DENY_NEW_CALL'
      : this.ownRoutingState;
  }

  /** Whether users are to leave. A pod that is cordoned keeps them. */
  get isDraining(): boolean {
    return this.refusals.size > (this.refusals.has('cordon') ? 1 : 0);
  }

  /** Whether the state ends the pod's lease. */
  get hasEnded(): boolean {
    return this.state === 'FAILED' || this.state === 'TERMINATING';
  }
}

/** What the incarnations of a run depend on. */
export interface IncarnationsParts {
  readonly pod: PodPlace;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly stateful: StatefulExecutor;
  readonly probe: LoadProbe;
  readonly status: PodStatus;
  readonly telemetry: PodTelemetry;
  /** The run's random id. */
  readonly id: string;
  readonly users: () => number;
  /** Whether the pod reads its claims back, as the store may have lost them. */
  readonly isHealing: () => boolean;
  /** Whether the mass-expiry guard holds, as the leading pod sees it; `undefined` for other pods. */
  readonly guard: () => boolean | undefined;
  /** A heartbeat was acknowledged; `last` is the run's acknowledgement before it. */
  readonly onAck: (ack: HeartbeatAck, last: HeartbeatAck | undefined) => void;
  /** No user may be served from now on. */
  readonly onFenced: (reason: string) => void;
  /** Claims again what was held before the fence; rejects when the store fails. */
  readonly reclaim: () => Promise<void>;
  readonly onReturned: () => void;
  /** A later run of the ordinal was met. */
  readonly onDisplaced: () => void;
  /** Fires when the run is over. */
  readonly ended: AbortSignal;
}

/**
 * The incarnations of one run, each with a fence and heartbeats of its own. While the last acknowledged heartbeat is young
 * enough, the pod may serve. Else it fences itself and comes back as the next incarnation. A run that a later one has displaced
 * is fenced permanently.
 */
export class Incarnations {
  readonly #parts: IncarnationsParts;
  readonly #clock: Clock;
  readonly #logger: LimitedLogger;
  readonly #leaseMs: number;
  readonly #return: Return;
  #start = 0;
  #life = 0;
  #heartbeat: Heartbeat | undefined;
  #fence: Fence | undefined;
  #last: { readonly ack: HeartbeatAck; readonly sentAt: number } | undefined;
  #beatenSince: number | undefined;
  #displaced = false;
  #reportedDead = false;

  constructor(parts: IncarnationsParts) {
    const { config, ended } = parts;
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#leaseMs = config.stateCacheExpireSecs * 1_000;
    this.#return = new Return({
      ...parts,
      leaseMs: this.#leaseMs,
      retryMs: config.retryDelayMs,
      isFenced: () => this.isFenced,
      mayReturn: () => !ended.aborted && !this.#displaced && !parts.status.hasEnded,
      beginNext: () => {
        this.#life += 1;
        return this.#beginIncarnation(ended);
      },
      life: () => this.#life,
      lastAck: () => this.#last!.ack,
      onReturned: () => {
        parts.onReturned();
        this.publishLater();
      },
    });
  }

  /** The present incarnation. */
  get incarnation(): string {
    return formatIncarnation({ start: this.#start, id: this.#parts.id, life: this.#life });
  }

  get isFenced(): boolean {
    return this.#displaced || this.#parts.status.hasEnded || this.#fence?.isUp !== false;
  }

  /** Whether an incarnation has come back and has not claimed its users again yet. */
  get isReturning(): boolean {
    return this.#return.isReclaiming;
  }

  get isDisplaced(): boolean {
    return this.#displaced;
  }

  /** The run's last acknowledgement. */
  get lastAck(): HeartbeatAck | undefined {
    return this.#last?.ack;
  }

  /** The monotonic time since when the run's entry has been in the store without a gap. */
  get beatenSince(): number {
    return this.#beatenSince ?? this.#clock.monotonic();
  }

  /** Whether a heartbeat was sent, acknowledged or not. */
  get begun(): boolean {
    return this.#heartbeat?.begun ?? false;
  }

  /** The age of the run's last acknowledged heartbeat, in ms. */
  get beatAgeMs(): number | undefined {
    return this.#last && this.#clock.monotonic() - this.#last.sentAt;
  }

  /** The load that the present incarnation published last. */
  get publishedLoad(): number | undefined {
    return this.#heartbeat?.publishedLoad;
  }

  /** How long the pod may serve without another acknowledged heartbeat, in ms. */
  servingMs(): number {
    return this.isFenced ? 0 : (this.#fence?.remainingMs() ?? 0);
  }

  isLargeChange(): boolean {
    return this.#heartbeat?.isLargeChange() ?? false;
  }

  /** Throws `FENCED` if the pod must not serve. */
  assertUnfenced(): void {
    if (this.isFenced) throw this.fencedError();
  }

  /** The error of a call on a pod that must not serve. */
  fencedError(): Error {
    const { namespace, serviceName, podId } = this.#parts.pod;
    const name = `${podId} of ${namespace}/${serviceName}`;
    const message = this.#displaced
      ? `A later process runs as pod ${name}. Stop this one.`
      : `Pod ${name} is fenced: the store has acknowledged no heartbeat for nearly its lease, or its state was set to FAILED or ` +
        'TERMINATING. It comes back when a heartbeat is acknowledged, or when another state is set.';
    return routeError('FENCED', message, { namespace, serviceName, podId, incarnation: this.incarnation });
  }

  /** Begins the run's first incarnation. Resolves when its first heartbeat is acknowledged. */
  async begin(start: number, signal: AbortSignal): Promise<void> {
    this.#start = start;
    await this.#beginIncarnation(signal);
  }

  /** From the next heartbeat on the run counts as started later than this incarnation. */
  startAfter(incarnation: string): void {
    this.#start = Math.max(this.#start, parseIncarnation(incarnation).start + 1);
  }

  /** Sends a heartbeat now. A fenced pod sends none: the next incarnation's first has the same. */
  async publish(): Promise<void> {
    if (!this.isFenced) await this.#heartbeat?.publish();
  }

  /** As {@link publish}, without waiting. A failure is logged, and the next heartbeat has the same. */
  publishLater(): void {
    this.publish().catch(() => {});
  }

  /**
   * The application has set the pod's state. If it ends the lease, the pod fences itself, then sends the state until it is
   * acknowledged. Any other state lets the pod come back. Rejects when the first attempt fails.
   */
  async stateChanged(): Promise<void> {
    const { status } = this.#parts;
    if (status.hasEnded) {
      this.#fence?.raise();
      await this.#sendEnd();
      return;
    }
    if (this.#fence?.isUp !== false) this.#return.begin();
    await this.publish();
  }

  /** Ends serving without events, as the run is over. A call that waits for a heartbeat rejects with the reason. */
  stopServing(reason: unknown): void {
    this.#fence?.end();
    this.#heartbeat?.end(reason);
  }

  /** Sends a last heartbeat, unless a later run has displaced this one. */
  async sendTerminating(timeoutMs: number): Promise<void> {
    if (!this.#displaced) await this.#heartbeat?.last('TERMINATING', timeoutMs);
  }

  async #beginIncarnation(signal: AbortSignal): Promise<void> {
    const { config } = this.#parts;
    const fence = new Fence(this.#clock, this.#leaseMs - config.fenceMarginMs, () => this.#onFenceUp());
    const heartbeat: Heartbeat = new Heartbeat({
      ...this.#parts,
      incarnation: () => this.incarnation,
      healing: () => (this.isReturning ? 'returning' : this.#parts.isHealing() ? 'held' : undefined),
      beatenBefore: () => this.#last !== undefined,
      // The end of an earlier incarnation's heartbeat does not count.
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
      heartbeat.end(error);
      if (this.#isOfLaterRun(error)) this.#onDisplaced();
      throw error;
    }
    // The state may have been set meanwhile.
    if (this.#parts.status.hasEnded) await this.stateChanged().catch(() => {});
  }

  #onAck(fence: Fence, ack: HeartbeatAck, sentAt: number): void {
    const last = this.#last?.ack;
    this.#last = { ack, sentAt };
    const { previous } = ack;
    const isWithoutGap =
      previous?.updateTime !== undefined &&
      previous.incarnation !== undefined &&
      isSameRun(previous.incarnation, this.incarnation) &&
      ack.storeTime - previous.updateTime <= this.#leaseMs;
    if (!isWithoutGap) this.#beatenSince = this.#clock.monotonic();
    // The store may have given the run a later start.
    this.#start = Math.max(this.#start, parseIncarnation(ack.incarnation).start);
    fence.renew(sentAt);
    this.#logger.over({ ...this.#parts.pod }, UNACKNOWLEDGED, 'heartbeats are acknowledged again');
    this.#parts.onAck(ack, last);
  }

  #onBeatFailed(error: unknown): void {
    if (this.#isOfLaterRun(error)) {
      this.#onDisplaced();
      return;
    }
    if (isRouteError(error, 'FENCED') && error.met !== undefined && this.#isOwnLife(error.met)) {
      this.#reportedDead = true;
      this.#fence?.raise();
      return;
    }
    const ageMs = this.#last && Math.round(this.#clock.monotonic() - this.#last.sentAt);
    this.#logger.warn({ err: error, ...this.#parts.pod, ageMs }, UNACKNOWLEDGED);
  }

  #isOfLaterRun(error: unknown): boolean {
    // The fence's own error, which ends a heartbeat under way, has no `met`.
    if (!isRouteError(error, 'FENCED') || error.met === undefined) return false;
    return !isSameRun(error.met, this.incarnation);
  }

  #isOwnLife(incarnation: string): boolean {
    return compareIncarnations(incarnation, this.incarnation) === 0;
  }

  #onFenceUp(): void {
    const { status, pod, onFenced, telemetry } = this.#parts;
    const code = status.hasEnded ? 'state' : this.#reportedDead ? 'reported-dead' : 'silent';
    telemetry.fences[code].value += 1;
    const reason = fenceReasons(status)[code];
    // What the application asked for is no fault.
    const level = status.hasEnded ? 'info' : 'error';
    this.#logger[level]({ ...pod, incarnation: this.incarnation, reason }, 'the pod fenced itself');
    this.#heartbeat?.end(this.fencedError());
    this.#reportedDead = false;
    onFenced(reason);
    this.#return.begin();
  }

  #onDisplaced(): void {
    if (this.#displaced) return;
    const { pod, onDisplaced, telemetry } = this.#parts;
    telemetry.fences.displaced.value += 1;
    this.#displaced = true;
    this.stopServing(this.fencedError());
    this.#logger.error(
      { ...pod, incarnation: this.incarnation },
      'a later process runs under this ordinal; this one must not serve. Stop it',
    );
    onDisplaced();
  }

  /** Sends the state that ends the lease, until it is acknowledged or another state is set. */
  async #sendEnd(): Promise<void> {
    const { status, config, ended, pod } = this.#parts;
    const { state } = status;
    const heartbeat = this.#heartbeat;
    const send = async (): Promise<void> => {
      const isWanted =
        !ended.aborted && !this.#displaced && this.#heartbeat === heartbeat && status.state === state;
      if (isWanted) await heartbeat?.last(state, config.timeoutMs);
    };
    const sendAgain = async (): Promise<void> => {
      await pause(this.#clock, config.retryDelayMs, ended);
      await send().catch((error: unknown) => {
        this.#logger.warn(
          { err: error, podId: pod.podId },
          'the store did not acknowledge that the pod has ended; trying again',
        );
        return sendAgain();
      });
    };
    await send().catch((error: unknown) => {
      void sendAgain();
      throw error;
    });
  }
}

/** Why a pod fenced itself, in words. */
function fenceReasons({ state }: PodStatus): Readonly<Record<Exclude<FenceReason, 'displaced'>, string>> {
  return {
    state: `the application set its state to ${state}`,
    'reported-dead': 'it was reported dead',
    silent: 'its last acknowledged heartbeat is nearly as old as its lease',
  };
}
