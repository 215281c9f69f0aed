import type { Clock, Healing, ServiceState } from '@stateful-route/core';
import {
  type HeartbeatAck,
  type LimitedLogger,
  onAbort,
  type PodReport,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from '../../config/route-config.ts';
import type { LoadProbe } from './load-probe.ts';
import type { PodStatus } from './pod-status.ts';

const PROBE_FAILED = 'the load probe failed; it is left out';
const NO_LOAD = 'the load probe gave no finite number of 0 or more; it is left out';

/** The pod that beats. */
export interface BeatingPod {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
  readonly address?: string | undefined;
}

/** What heartbeats stand on. */
export interface HeartbeatParts {
  readonly pod: BeatingPod;
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly config: RouteConfig;
  readonly probe: LoadProbe;
  readonly status: PodStatus;
  /** How many users the pod holds. */
  readonly users: () => number;
  /** Which of its claims the pod is reading back. */
  readonly healing: () => Healing | undefined;
  /** The incarnation to beat as. */
  readonly incarnation: () => string;
  /** Whether a heartbeat of this run was acknowledged. */
  readonly beatenBefore: () => boolean;
  /** @param sentAt - the monotonic time before the heartbeat was sent. */
  readonly onAck: (ack: HeartbeatAck, sentAt: number) => void;
  /** The store did not acknowledge it. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * The heartbeats of one life of a pod: at once, then in every period, and whenever something is to be told. They never
 * overlap; those asked for while one is under way are one.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #abort = new AbortController();
  #seq = 0;
  #lastLoad: number | undefined;
  #underWay: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #ended = false;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  /** Whether a heartbeat was sent, acknowledged or not. */
  get begun(): boolean {
    return this.#seq > 0;
  }

  /** The first heartbeat, which takes the pod's entry over; the others follow by themselves. */
  async begin(signal: AbortSignal): Promise<void> {
    const unhear = onAbort(signal, () => this.#abort.abort(signal.reason));
    try {
      await this.#send({ signal: this.#abort.signal });
    } finally {
      unhear();
    }
    this.#schedule(this.#periodMs());
  }

  /** A heartbeat now, or right after the one under way. Rejects when it is not acknowledged; later ones still come. */
  publish(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    if (!this.#underWay) return this.#beat();
    this.#next ??= this.#underWay
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#ended ? undefined : this.#beat();
      });
    return this.#next;
  }

  /** Whether a load differs so much from the one last published that it is to be told at once. */
  isLargeChange(): boolean {
    if (this.#lastLoad === undefined) return false;
    const threshold = this.#parts.config.loadChangeThreshold ?? Math.max(1, this.#lastLoad / 10);
    return Math.abs(this.#ownLoad() - this.#lastLoad) > threshold;
  }

  /** No more heartbeats. Whoever waits for one under way is told the reason. */
  end(reason: unknown): void {
    this.#ended = true;
    this.#cancelTimer?.();
    this.#abort.abort(reason);
  }

  /** A last heartbeat with this state, after {@link end}; rejects when it is not acknowledged. */
  async last(state: ServiceState, timeoutMs: number): Promise<void> {
    await this.#underWay?.catch(() => {});
    await this.#send({ state, timeoutMs });
  }

  #beat(): Promise<void> {
    this.#cancelTimer?.();
    const beat = this.#send({ signal: this.#abort.signal }).then(
      () => {
        this.#schedule(this.#periodMs());
      },
      (error: unknown) => {
        // One that was given up says nothing of the store.
        if (!this.#ended) {
          this.#schedule(Math.min(this.#parts.config.retryDelayMs, this.#periodMs()));
          this.#parts.onFailed(error);
        }
        throw error;
      },
    );
    this.#underWay = beat.finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #send({
    state,
    ...options
  }: {
    readonly state?: ServiceState;
    readonly signal?: AbortSignal;
    readonly timeoutMs?: number;
  }): Promise<void> {
    const { stateful, clock, onAck } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    const sentAt = clock.monotonic();
    const load = this.#ownLoad();
    const report = this.#report(state);
    const ack = await stateful.setServiceState(namespace, serviceName, podId, report, options);
    this.#lastLoad = load;
    onAck(ack, sentAt);
  }

  #report(state: ServiceState | undefined): PodReport {
    const { config, status, pod, users, incarnation, beatenBefore, healing } = this.#parts;
    const seq = this.#seq++;
    const probed = this.#probe();
    const own = probed === undefined ? 1 : 1 - config.cpuFactor;
    return {
      state: state ?? status.state,
      routingState: status.routingState,
      loadState: (probed === undefined ? 0 : config.cpuFactor * probed) + own * this.#ownLoad(),
      incarnation: incarnation(),
      seq,
      beatenBefore: beatenBefore(),
      address: pod.address,
      metadata: status.metadata,
      leaseMs: config.stateCacheExpireSecs * 1_000,
      updatePeriodMs: this.#periodMs(),
      loadPerUser: own * config.loadPerUser,
      deadOwner: config.deadOwner,
      users: users(),
      maxUsers: config.maxUsers,
      healing: healing(),
      loadChangeThreshold: config.loadChangeThreshold,
    };
  }

  /** What the application set, else how many users there are. */
  #ownLoad(): number {
    const { status, users, config } = this.#parts;
    return status.loadState ?? users() * config.loadPerUser;
  }

  /** A probe that fails or measures nonsense must not silence the pod. */
  #probe(): number | undefined {
    const { logger, probe } = this.#parts;
    try {
      const load = probe();
      if (load === undefined || (Number.isFinite(load) && load >= 0)) {
        for (const problem of [NO_LOAD, PROBE_FAILED]) logger.over({}, problem, 'the load probe works again');
        return load;
      }
      logger.warn({ load }, NO_LOAD);
    } catch (error) {
      logger.warn({ err: error }, PROBE_FAILED);
    }
    return undefined;
  }

  #schedule(ms: number): void {
    this.#cancelTimer?.();
    if (this.#ended) return;
    this.#cancelTimer = this.#parts.clock.setTimeout(() => {
      // A failure was logged, and the next heartbeat is scheduled.
      this.publish().catch(() => {});
    }, ms);
  }

  #periodMs(): number {
    return this.#parts.config.serviceStateUpdatePeriodSeconds * 1_000;
  }
}
