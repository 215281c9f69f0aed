import type { Clock, Healing, PodMetadata, RoutingState, ServiceState } from '@stateful-route/core';
import {
  type HeartbeatAck,
  type LimitedLogger,
  onAbort,
  type PodReport,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from '../../config/route-config.ts';
import type { PodPlace } from '../../wiring/place.ts';
import type { LoadProbe } from './load-probe.ts';

const PROBE_FAILED = 'the load probe failed; it is left out';
const NO_LOAD = 'the load probe returned no finite number ≥ 0; it is left out';

/** What the application says of its pod. */
interface PublishedStatus {
  readonly state: ServiceState;
  readonly routingState: RoutingState;
  /** `undefined`: the application set none. */
  readonly loadState: number | undefined;
  readonly metadata: PodMetadata;
  readonly maxUsers: number | undefined;
}

/** What heartbeats depend on. */
export interface HeartbeatParts {
  readonly pod: PodPlace;
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly config: RouteConfig;
  readonly probe: LoadProbe;
  readonly status: PublishedStatus;
  /** How many users the pod holds. */
  readonly users: () => number;
  /** Whether the pod puts claims back into the store, and which. */
  readonly healing: () => Healing | undefined;
  /** Whether the mass-expiry guard holds, as the leading pod sees it; `undefined` for other pods. */
  readonly guard: () => boolean | undefined;
  /** The present incarnation. */
  readonly incarnation: () => string;
  /** Whether a heartbeat of this run was acknowledged. */
  readonly beatenBefore: () => boolean;
  /** @param sentAt - the monotonic time before the heartbeat was sent. */
  readonly onAck: (ack: HeartbeatAck, sentAt: number) => void;
  /** The store did not acknowledge it. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * The heartbeats of one incarnation: the first at once, then one in every period and whenever something has changed. They never
 * overlap: all that are requested during one are sent as the next.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #abort = new AbortController();
  #seq = 0;
  #lastLoad: number | undefined;
  #published: number | undefined;
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

  /** The load that was acknowledged last. */
  get publishedLoad(): number | undefined {
    return this.#published;
  }

  /** Sends the first heartbeat, which takes the pod's entry over. The others follow by themselves. */
  async begin(signal: AbortSignal): Promise<void> {
    const removeListener = onAbort(signal, () => this.#abort.abort(signal.reason));
    try {
      await this.#send({ signal: this.#abort.signal });
    } finally {
      removeListener();
    }
    this.#schedule(this.#periodMs());
  }

  /**
   * Sends a heartbeat now, or right after the one under way. Rejects when it is not acknowledged; later ones follow all the
   * same.
   */
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

  /** Whether the load differs enough from the one last published to be published at once. */
  isLargeChange(): boolean {
    if (this.#lastLoad === undefined) return false;
    const threshold = this.#parts.config.loadChangeThreshold ?? Math.max(1, this.#lastLoad / 10);
    return Math.abs(this.#ownLoad() - this.#lastLoad) > threshold;
  }

  /** Sends no more heartbeats. The one under way rejects with the reason. */
  end(reason: unknown): void {
    this.#ended = true;
    this.#cancelTimer?.();
    this.#abort.abort(reason);
  }

  /** Sends a last heartbeat with this state, after {@link end}. Rejects when it is not acknowledged. */
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
        // A heartbeat that `end` aborted shows nothing about the store.
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
    this.#published = report.loadState;
    onAck(ack, sentAt);
  }

  #report(state: ServiceState | undefined): PodReport {
    const { config, status, pod, users, incarnation, beatenBefore, healing, guard } = this.#parts;
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
      revision: pod.revision,
      metadata: pod.zone === undefined ? status.metadata : { zone: pod.zone, ...status.metadata },
      leaseMs: config.stateCacheExpireSecs * 1_000,
      updatePeriodMs: this.#periodMs(),
      loadPerUser: own * config.loadPerUser,
      deadOwner: config.deadOwner,
      users: users(),
      maxUsers: status.maxUsers,
      healing: healing(),
      guard: guard(),
      loadChangeThreshold: config.loadChangeThreshold,
    };
  }

  /** The load that the application set, else that of its users. */
  #ownLoad(): number {
    const { status, users, config } = this.#parts;
    return status.loadState ?? users() * config.loadPerUser;
  }

  /** A failing or wrong probe must not stop the heartbeats. */
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
