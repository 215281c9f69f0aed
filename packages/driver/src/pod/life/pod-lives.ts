import { type Clock, isRouteError } from '@stateful-route/core';
import {
  formatIncarnation,
  type HeartbeatAck,
  isSameRun,
  type LimitedLogger,
  parseIncarnation,
  returnHoldMs,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from '../../config/route-config.ts';
import { pause } from '../../waiting/pause.ts';
import type { LoadProbe } from './load-probe.ts';
import type { PodStatus } from './pod-status.ts';
import { Fence } from './fence.ts';
import { type BeatingPod, Heartbeat } from './heartbeat.ts';

const UNACKNOWLEDGED = 'a heartbeat was not acknowledged';

/** What the lives of a run stand on. */
export interface PodLivesParts {
  readonly pod: BeatingPod;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly stateful: StatefulExecutor;
  readonly probe: LoadProbe;
  readonly status: PodStatus;
  /** Drawn once for the run. */
  readonly id: string;
  readonly users: () => number;
  /** Whether the pod reads back what it holds, as the store may have lost it. */
  readonly isHealing: () => boolean;
  /** A heartbeat was acknowledged; `last` is the run's acknowledgement before it. */
  readonly onAck: (ack: HeartbeatAck, last: HeartbeatAck | undefined) => void;
  /** Nobody may be served from now on. */
  readonly onFenced: (reason: string) => void;
  /** Takes up again what was held before the fence; rejects when the store fails. */
  readonly reclaim: () => Promise<void>;
  readonly onReturned: () => void;
  /** The error of a call on a fenced pod. */
  readonly fencedError: () => Error;
  /** A later run of the ordinal has been met. */
  readonly onDisplaced: () => void;
  /** Fires when the run is over. */
  readonly ended: AbortSignal;
}

/**
 * The lives of one run, each with a fence and heartbeats of its own. While its last acknowledged heartbeat is young enough
 * the pod may serve; when it is not, it fences itself and comes back as a new life. A run displaced by a later one is
 * fenced for good.
 */
export class PodLives {
  readonly #parts: PodLivesParts;
  readonly #clock: Clock;
  readonly #logger: LimitedLogger;
  readonly #leaseMs: number;
  #start = 0;
  #life = 0;
  #heartbeat: Heartbeat | undefined;
  #fence: Fence | undefined;
  #last: { readonly ack: HeartbeatAck; readonly sentAt: number } | undefined;
  #beatenSince: number | undefined;
  #returning = false;
  /** From the first heartbeat of a returning life until it has taken up its users. */
  #isReturning = false;
  #displaced = false;

  constructor(parts: PodLivesParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#leaseMs = parts.config.stateCacheExpireSecs * 1_000;
  }

  get incarnation(): string {
    return formatIncarnation({ start: this.#start, id: this.#parts.id, life: this.#life });
  }

  get isFenced(): boolean {
    return this.#displaced || this.#parts.status.hasEnded || this.#fence?.isUp !== false;
  }

  /** Whether a life is back that has not taken up its users yet. */
  get isReturning(): boolean {
    return this.#isReturning;
  }

  get isDisplaced(): boolean {
    return this.#displaced;
  }

  /** The last acknowledgement of the run. */
  get lastAck(): HeartbeatAck | undefined {
    return this.#last?.ack;
  }

  /** Since when the run's entry has stood without a gap, by the monotonic clock. */
  get beatenSince(): number {
    return this.#beatenSince ?? this.#clock.monotonic();
  }

  /** Whether a heartbeat was sent, acknowledged or not. */
  get begun(): boolean {
    return this.#heartbeat?.begun ?? false;
  }

  /** How long the pod may still serve without another acknowledged heartbeat, in ms. */
  servingMs(): number {
    return this.isFenced ? 0 : (this.#fence?.remainingMs() ?? 0);
  }

  isLargeChange(): boolean {
    return this.#heartbeat?.isLargeChange() ?? false;
  }

  /** The run's first life. Resolves when its first heartbeat is acknowledged. */
  async begin(start: number, signal: AbortSignal): Promise<void> {
    this.#start = start;
    await this.#beginLife(signal);
  }

  /** The run counts as started later than this from its next heartbeat on. */
  startAfter(incarnation: string): void {
    this.#start = Math.max(this.#start, parseIncarnation(incarnation).start + 1);
  }

  /** A heartbeat now. While the pod is fenced the next one says it. */
  async publish(): Promise<void> {
    if (!this.isFenced) await this.#heartbeat?.publish();
  }

  /** As {@link publish}. A failure was logged, and the next heartbeat says the same. */
  publishLater(): void {
    this.publish().catch(() => {});
  }

  /**
   * The application has set the pod's state. One that ends the lease is sent once the pod serves nobody, until it is
   * acknowledged; from any other the pod comes back. Rejects when the first attempt fails.
   */
  async stateChanged(): Promise<void> {
    const { status } = this.#parts;
    if (status.hasEnded) {
      this.#fence?.raise();
      await this.#sayLastWord();
      return;
    }
    if (this.#fence?.isUp !== false) this.#comeBackLater();
    await this.publish();
  }

  /** Serves nobody any more, without telling anyone: the run is over. Who waits for a heartbeat is told the reason. */
  stopServing(reason: unknown): void {
    this.#fence?.end();
    this.#heartbeat?.end(reason);
  }

  /** A last heartbeat of at most so long, if it is this run's to send. */
  async sayTerminating(timeoutMs: number): Promise<void> {
    if (!this.#displaced) await this.#heartbeat?.last('TERMINATING', timeoutMs);
  }

  async #beginLife(signal: AbortSignal): Promise<void> {
    const { config } = this.#parts;
    const fence = new Fence(this.#clock, this.#leaseMs - config.fenceMarginMs, () => this.#onFenceUp());
    const heartbeat: Heartbeat = new Heartbeat({
      ...this.#parts,
      incarnation: () => this.incarnation,
      healing: () => (this.#isReturning ? 'returning' : this.#parts.isHealing() ? 'held' : undefined),
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
      heartbeat.end(error);
      if (this.#isOfLaterRun(error)) this.#onDisplaced();
      throw error;
    }
    // Set while the life began.
    if (this.#parts.status.hasEnded) await this.stateChanged().catch(() => {});
  }

  #onAck(fence: Fence, ack: HeartbeatAck, sentAt: number): void {
    const last = this.#last?.ack;
    this.#last = { ack, sentAt };
    const { previous } = ack;
    const wentOn =
      previous?.updateTime !== undefined &&
      previous.incarnation !== undefined &&
      isSameRun(previous.incarnation, this.incarnation) &&
      ack.storeTime - previous.updateTime <= this.#leaseMs;
    if (!wentOn) this.#beatenSince = this.#clock.monotonic();
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
    const ageMs = this.#last && Math.round(this.#clock.monotonic() - this.#last.sentAt);
    this.#logger.warn({ err: error, ...this.#parts.pod, ageMs }, UNACKNOWLEDGED);
  }

  #isOfLaterRun(error: unknown): boolean {
    // One without `met` is the fence's own: it ends a heartbeat that is under way.
    if (!isRouteError(error, 'FENCED') || error.met === undefined) return false;
    return !isSameRun(error.met, this.incarnation);
  }

  #onFenceUp(): void {
    const { status, pod, onFenced, fencedError } = this.#parts;
    const reason = status.hasEnded
      ? `the application set its state to ${status.state}`
      : 'its last acknowledged heartbeat is nearly as old as its lease';
    this.#logger.error({ ...pod, incarnation: this.incarnation, reason }, 'the pod fenced itself');
    this.#heartbeat?.end(fencedError());
    onFenced(reason);
    this.#comeBackLater();
  }

  #onDisplaced(): void {
    if (this.#displaced) return;
    const { pod, onDisplaced, fencedError } = this.#parts;
    this.#displaced = true;
    this.stopServing(fencedError());
    this.#logger.error(
      { ...pod, incarnation: this.incarnation },
      'a later process runs under this ordinal; this one must not serve. Stop it',
    );
    onDisplaced();
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
    return !this.#parts.ended.aborted && !this.#displaced && !this.#parts.status.hasEnded;
  }

  async #comeBack(): Promise<void> {
    const { config, pod, ended } = this.#parts;
    while (this.#mayReturn()) {
      try {
        if (await this.#returned()) return;
      } catch (error) {
        if (!this.#mayReturn()) return;
        this.#logger.warn({ err: error, ...pod }, 'the pod cannot come back yet');
        await pause(this.#clock, config.retryDelayMs, ended);
      }
    }
  }

  /** One attempt to come back; false when the pod was fenced again meanwhile. */
  async #returned(): Promise<boolean> {
    const { reclaim, onReturned, ended } = this.#parts;
    if (this.isFenced) {
      this.#life += 1;
      this.#isReturning = true;
      await this.#beginLife(ended);
    }
    const life = this.#life;
    await this.#waitForLivingPods();
    if (this.isFenced) return false;
    await reclaim();
    if (this.isFenced || this.#life !== life || ended.aborted) return false;
    this.#isReturning = false;
    onReturned();
    this.publishLater();
    return true;
  }

  /** In a directory that came back empty those who never stopped serving put their claims back first. */
  async #waitForLivingPods(): Promise<void> {
    const { stateful, pod, ended } = this.#parts;
    const { ack } = this.#last!;
    if (ack.restored === undefined || ack.storeTime - ack.restored > this.#leaseMs) return;
    while (!ended.aborted && !this.isFenced) {
      const read = await stateful.getServiceState(pod.namespace, pod.serviceName, { signal: ended });
      const holdMs = returnHoldMs(read);
      if (holdMs === 0) return;
      await pause(this.#clock, holdMs, ended);
    }
  }

  async #sayLastWord(): Promise<void> {
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
          'the pod could not say that its life is over; trying again',
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
