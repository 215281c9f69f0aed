import {
  type Clock,
  type HeartbeatAck,
  isRouteError,
  type Logger,
  type PodReport,
  type ServiceState,
  type StatefulExecutor,
} from '@stateful-route/core';
import type { RouteConfig } from '../config/route-config.ts';
import type { LoadProbe } from './load-probe.ts';
import type { PodStatus } from './pod-status.ts';

/** The pod that beats. */
export interface BeatingPod {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
  readonly address?: string | undefined;
  readonly incarnation: string;
}

/** What a heartbeat stands on. */
export interface HeartbeatParts {
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: RouteConfig;
  readonly probe: LoadProbe;
  readonly status: PodStatus;
  /** @param sentAt - the monotonic time before the heartbeat was sent. */
  readonly onAck: (ack: HeartbeatAck, sentAt: number) => void;
  /** Another process has taken the pod's entry over. */
  readonly onDisplaced: () => void;
}

/**
 * The heartbeats of one life of a pod: at once, then in every period, and whenever something is to be told. They never
 * overlap; those asked for while one is under way are one.
 */
export class Heartbeat {
  readonly pod: BeatingPod;
  readonly #parts: HeartbeatParts;
  #seq = 0;
  #lastLoad: number | undefined;
  #underWay: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #ended = false;
  #ackedAt: number | undefined;

  constructor(pod: BeatingPod, parts: HeartbeatParts) {
    this.pod = pod;
    this.#parts = parts;
  }

  /** Whether a heartbeat was sent, acknowledged or not. */
  get begun(): boolean {
    return this.#seq > 0;
  }

  /** How old the pod is to its readers at most: since the last acknowledged heartbeat was sent, by this pod's clock. */
  ageMs(): number | undefined {
    return this.#ackedAt === undefined ? undefined : this.#parts.clock.monotonic() - this.#ackedAt;
  }

  /** The first heartbeat, which takes the pod's entry over; the others follow by themselves. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#send(signal);
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
    return Math.abs(this.#parts.status.loadState - this.#lastLoad) > threshold;
  }

  /** No more heartbeats but a last one with this state, if one is given. */
  async end(state?: ServiceState): Promise<void> {
    this.#ended = true;
    this.#cancelTimer?.();
    await this.#underWay?.catch(() => {});
    if (state === undefined) return;
    this.#parts.status.state = state;
    await this.#send();
  }

  #beat(): Promise<void> {
    this.#cancelTimer?.();
    const beat = this.#send().then(
      () => {
        this.#schedule(this.#periodMs());
      },
      (error: unknown) => {
        this.#failed(error);
        throw error;
      },
    );
    this.#underWay = beat.finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  #failed(error: unknown): void {
    if (isRouteError(error, 'FENCED')) {
      this.#ended = true;
      this.#parts.onDisplaced();
      return;
    }
    const { logger, config } = this.#parts;
    logger.warn(
      { err: error, podId: this.pod.podId, ageMs: this.ageMs() },
      'a heartbeat was not acknowledged',
    );
    this.#schedule(Math.min(config.retryDelayMs, this.#periodMs()));
  }

  async #send(signal?: AbortSignal): Promise<void> {
    const { stateful, clock, onAck } = this.#parts;
    const { namespace, serviceName, podId } = this.pod;
    const sentAt = clock.monotonic();
    const report = this.#report();
    const ack = await stateful.setServiceState(namespace, serviceName, podId, report, { signal });
    this.#ackedAt = sentAt;
    this.#lastLoad = this.#parts.status.loadState;
    onAck(ack, sentAt);
  }

  #report(): PodReport {
    const { config, status } = this.#parts;
    const { incarnation, address } = this.pod;
    const seq = this.#seq++;
    const probed = this.#probe();
    const own = probed === undefined ? 1 : 1 - config.cpuFactor;
    return {
      state: status.state,
      routingState: status.routingState,
      loadState: (probed === undefined ? 0 : config.cpuFactor * probed) + own * status.loadState,
      incarnation,
      seq,
      // Until it is known to have arrived: a repetition has a greater seq, so that the one before it cannot undo it.
      // The last one takes nothing over: another process may have begun meanwhile.
      first: this.#ackedAt === undefined && !this.#ended,
      address,
      metadata: status.metadata,
      leaseMs: config.stateCacheExpireSecs * 1_000,
      updatePeriodMs: this.#periodMs(),
      loadPerUser: own * config.loadPerUser,
      deadOwner: config.deadOwner,
      loadChangeThreshold: config.loadChangeThreshold,
    };
  }

  /** A probe that fails or measures nonsense must not silence the pod. */
  #probe(): number | undefined {
    try {
      const load = this.#parts.probe();
      if (load === undefined || (Number.isFinite(load) && load >= 0)) return load;
      this.#parts.logger.warn({ load }, 'the load probe gave no finite number of 0 or more; it is left out');
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'the load probe failed; it is left out');
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
