import type { Clock, Logger, PodIntent } from '@stateful-route/core';
import { pause } from '../pause.ts';
import { ClaimKeeper } from './claim-keeper.ts';
import type { ClaimRegistry, HeldClaim } from './claim-registry.ts';
import { Fence } from './fence.ts';
import type { BeatingPod } from './heartbeat.ts';
import { PodLife, type PodLifeParts } from './pod-life.ts';

/** What ownership stands on. */
export interface PodOwnershipParts extends Omit<
  PodLifeParts,
  'onAck' | 'onDisplaced' | 'onIntent' | 'onMissed'
> {
  readonly pod: Omit<BeatingPod, 'incarnation'>;
  readonly newIncarnation: () => string;
  readonly claims: ClaimRegistry;
  /** What the holders of claims are told when the pod is fenced. */
  readonly fencedError: () => Error;
  readonly onFenced: (reason: string) => void;
  readonly onUnfenced: (incarnation: string, claims: readonly HeldClaim[]) => void;
  readonly onDisplaced: (incarnation: string) => void;
  readonly onLost: (uids: readonly string[]) => void;
  readonly onIntent: (intent: PodIntent) => void;
}

/**
 * Whether this process may serve as the pod. It may while its last acknowledged heartbeat is young enough; when it is
 * not, the pod fences itself, comes back as a new incarnation, and claims again what nobody has taken meanwhile. A
 * process displaced by another one of its ordinal is fenced for good.
 */
export class PodOwnership {
  readonly #parts: PodOwnershipParts;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #keeper: ClaimKeeper;
  readonly #abort = new AbortController();
  /** What the pod held when it was fenced, until it is claimed again or known to be lost. */
  readonly #suspended = new Map<string, number>();
  #life: PodLife | undefined;
  /** The life whose first heartbeat is not acknowledged yet. */
  #unborn: PodLife | undefined;
  #fence: Fence | undefined;
  #returning = false;
  #displaced = false;

  constructor(parts: PodOwnershipParts) {
    const { stateful, clock, logger, pod, claims, config, onLost } = parts;
    this.#parts = parts;
    this.#clock = clock;
    this.#logger = logger;
    this.#keeper = new ClaimKeeper({
      stateful,
      clock,
      logger,
      pod,
      claims,
      onLost,
      periodMs: config.stateCacheExpireSecs * 1_000,
      retryMs: config.retryDelayMs,
      serving: () => this.serving,
    });
  }

  /** The incarnation that may serve now; `undefined` while the pod is fenced. */
  get serving(): string | undefined {
    return this.isFenced ? undefined : this.#life?.incarnation;
  }

  /** The last incarnation, whether it may serve or not. */
  get incarnation(): string {
    return this.#life?.incarnation ?? '';
  }

  get isFenced(): boolean {
    return this.#displaced || this.#fence?.isUp !== false;
  }

  get isDisplaced(): boolean {
    return this.#displaced;
  }

  /** How long the pod may still serve without another acknowledged heartbeat, in ms. */
  servingMs(): number {
    return this.#displaced ? 0 : (this.#fence?.remainingMs() ?? 0);
  }

  isLargeChange(): boolean {
    return this.#life?.heartbeat.isLargeChange() ?? false;
  }

  /** Resolves when the first heartbeat is acknowledged. When it rejects, nothing is left running. */
  async begin(signal: AbortSignal): Promise<void> {
    try {
      await this.#beginLife(signal);
    } catch (error) {
      // The first heartbeat may have arrived: readers must not take a pod that never started for alive.
      await this.end(this.#life?.heartbeat.begun === true);
      throw error;
    }
    this.#keeper.begin();
  }

  /** From now on operators' wishes are obeyed. */
  obey(): void {
    this.#life?.obey();
  }

  /** A heartbeat now. While the pod is fenced the next one says it. */
  async publish(): Promise<void> {
    if (!this.isFenced) await this.#life?.heartbeat.publish();
  }

  /** Serves nobody any more; the claims are the caller's to deal with. */
  stopServing(): void {
    this.#fence?.end();
    this.#keeper.end();
    this.#abort.abort();
  }

  /** Ends everything, with a last heartbeat if asked for and if it is this process's to send. */
  async end(withLastHeartbeat: boolean): Promise<void> {
    this.stopServing();
    await this.#life?.end(withLastHeartbeat && !this.#displaced ? 'TERMINATING' : undefined);
  }

  /**
   * A life whose first heartbeat is not acknowledged yet is begun again, and no other in its place: its earlier attempt may
   * still arrive, and would displace the other.
   */
  async #beginLife(signal: AbortSignal): Promise<void> {
    const { config } = this.#parts;
    const leaseMs = config.stateCacheExpireSecs * 1_000;
    const fence = new Fence(this.#clock, leaseMs - config.fenceMarginMs, () => {
      this.#onFenceUp('its last acknowledged heartbeat is nearly as old as its lease');
    });
    const life = (this.#unborn ??= this.#newLife(leaseMs));
    this.#fence = fence;
    this.#life = life;
    try {
      await life.begin(signal);
      this.#unborn = undefined;
    } catch (error) {
      fence.end();
      throw error;
    }
  }

  #newLife(leaseMs: number): PodLife {
    const { pod, newIncarnation } = this.#parts;
    const life: PodLife = new PodLife(
      { ...pod, incarnation: newIncarnation() },
      {
        ...this.#parts,
        onAck: (ack, sentAt) => {
          // The fence is that of the present life; what an earlier one is still told does not count.
          if (this.#life !== life) return;
          this.#fence?.renew(sentAt);
          // The store has lost the pod's entry, and perhaps its links; or has kept it for longer than a lease, which a
          // pod on a machine that was suspended does not notice by its own clock.
          if (ack.previous?.updateTime === undefined || ack.storeTime - ack.previous.updateTime > leaseMs)
            this.#heal();
        },
        onMissed: () => {
          this.#heal();
        },
        onDisplaced: () => {
          // A heartbeat of an earlier life that was still under way is refused because of the present one.
          if (this.#life === life) this.#onDisplaced();
        },
      },
    );
    return life;
  }

  #heal(): void {
    if (!this.isFenced) void this.#keeper.heal();
  }

  #onFenceUp(reason: string): void {
    const { claims, fencedError, onFenced } = this.#parts;
    this.#logger.error(
      { ...this.#parts.pod, incarnation: this.incarnation, reason },
      'the pod fenced itself',
    );
    for (const { uid, token } of claims.held()) this.#suspended.set(uid, token);
    const life = this.#life;
    void life?.end();
    claims.clear(fencedError());
    onFenced(reason);
    if (!this.#returning) void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    this.#returning = true;
    const { signal } = this.#abort;
    while (!signal.aborted && !this.#displaced) {
      try {
        if (await this.#returned(signal)) break;
      } catch (error) {
        this.#logger.warn({ err: error, ...this.#parts.pod }, 'the pod cannot come back yet');
        await pause(this.#clock, this.#parts.config.retryDelayMs, signal);
      }
    }
    this.#returning = false;
  }

  /** One attempt to come back; false when the pod was fenced again meanwhile. */
  async #returned(signal: AbortSignal): Promise<boolean> {
    if (this.isFenced) await this.#beginLife(signal);
    const incarnation = this.serving;
    if (incarnation === undefined) return false;
    const old = [...this.#suspended].map(([uid, token]) => ({ uid, token }));
    const { regained, lost } = await this.#keeper.reclaim(old, incarnation);
    if (this.serving !== incarnation) return false;
    this.#suspended.clear();
    this.#logger.info(
      { ...this.#parts.pod, incarnation, regained: regained.length, lost: lost.length },
      'the pod came back',
    );
    this.#parts.onUnfenced(incarnation, regained);
    if (lost.length > 0) this.#parts.onLost(lost);
    this.#life?.obey();
    return true;
  }

  #onDisplaced(): void {
    const { claims, fencedError, onDisplaced, onFenced, onLost } = this.#parts;
    const { incarnation } = this;
    this.#displaced = true;
    this.stopServing();
    this.#logger.error(
      { ...this.#parts.pod, incarnation },
      'another process runs under this ordinal; this one must not serve',
    );
    onDisplaced(incarnation);
    onFenced('another process started under this ordinal');
    const uids = [...claims.clear(fencedError()), ...this.#suspended.keys()];
    this.#suspended.clear();
    void this.#life?.end();
    if (uids.length > 0) onLost(uids);
  }
}
