import {
  type Clock,
  type HandOffListener,
  isRouteError,
  type ServerDriverEvents,
  type UserClaim,
} from '@stateful-route/core';
import { type LimitedLogger, onAbort } from '@stateful-route/core/adapter';
import { HandOffTally } from '../../service/hand-off-tally.ts';
import type { UndoPlacement } from '../../service/placements.ts';
import type { ServiceRegistry } from '../../service/service-registry.ts';
import { backoffMs } from '../../waiting/backoff.ts';
import { pause } from '../../waiting/pause.ts';
import type { PodTelemetry } from '../../telemetry/pod-telemetry.ts';
import type { Outcome } from '../../telemetry/spans.ts';
import type { PodPlace } from '../../wiring/place.ts';
import type { ClaimEnds } from './claim-ends.ts';
import type { ClaimRegistry } from './claim-registry.ts';
import type { ClaimStore } from './claim-store.ts';
import type { HandOffDemand } from './hand-off-demand.ts';
import { HandOffPins } from './hand-off-pins.ts';
import { HandOffDemands } from './hand-off-demands.ts';
import type { MovedUsers } from './moved-users.ts';
import type { Saves } from './saves.ts';

/** What became of a user: on another pod, still here, or claimed by somebody else meanwhile. */
type MoveOutcome = 'moved' | 'stays' | 'lost';

interface Target {
  readonly demand: HandOffDemand;
  readonly to: number | undefined;
  readonly undo: UndoPlacement;
}

/** What a pool depends on. */
export interface HandOffPoolParts {
  readonly registry: ClaimRegistry;
  readonly ends: ClaimEnds;
  readonly store: ClaimStore;
  readonly services: ServiceRegistry;
  readonly saves: Saves;
  readonly moved: MovedUsers;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly pod: PodPlace;
  readonly telemetry: PodTelemetry;
  /** The time to live of the temporary link to the next pod, whole seconds. */
  readonly linkSeconds: number;
  /** The wait before users who could not be moved are tried again, in ms. */
  readonly retryMs: number;
  /** Saves users of demands without a listener of their own. */
  readonly listener: () => HandOffListener | undefined;
  readonly onHandedOff: (user: UserClaim & { readonly podId: number | undefined }) => void;
  /** Called once for each call of a listener. */
  readonly onHandOffEnded: (end: ServerDriverEvents['handOffEnded']) => void;
  /** Fires when the run is over. */
  readonly ended: AbortSignal;
}

/**
 * Hands users over for all drains and `handOff` calls of a pod together: each user once, at the highest rate and concurrency that
 * any of them requests. When a demand ends, users on their way are still moved.
 */
export class HandOffPool {
  readonly #parts: HandOffPoolParts;
  readonly #demands = new HandOffDemands();
  readonly #underWay = new Set<string>();
  readonly #saving = new Set<string>();
  /** The hand-offs for which a listener was called and whose outcome is not known yet. */
  readonly #told = new Map<string, UserClaim>();
  /** The users to hand over in this round, last first. */
  #round: string[] = [];
  readonly #pins: HandOffPins;
  #roundDue = false;
  #pumping = false;
  /** When the last hand-off began. The rate counts across demands. */
  #lastAt = Number.NEGATIVE_INFINITY;
  #wake: AbortController | undefined;
  /** What the present drains have placed. */
  #tally = new HandOffTally();

  constructor(parts: HandOffPoolParts) {
    this.#parts = parts;
    this.#pins = new HandOffPins(parts.store);
    onAbort(parts.ended, () => {
      this.#wake?.abort();
      for (const uid of this.#told.keys()) this.#end(uid, { moved: false });
    });
  }

  /** Adds a demand, until it ends. */
  add(demand: HandOffDemand): void {
    if (demand.ended.aborted) return;
    if (this.#demands.size === 0) {
      this.#tally = new HandOffTally();
      this.#pins.forget();
    }
    this.#demands.add(demand);
    onAbort(demand.ended, () => {
      this.#demands.delete(demand);
      this.#wakeUp();
    });
    this.#wakeUp();
    this.#pumpLater();
  }

  /** Whether there is a listener that saves users. */
  get hasListener(): boolean {
    return this.#parts.listener() !== undefined || this.#demands.hasListener;
  }

  /** Whether the user's save is running or about to. */
  isSaving(uid: string): boolean {
    return this.#saving.has(uid);
  }

  #pumpLater(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
      // A demand may have been added just as the last one ended.
      if (this.#demands.size > 0 && !this.#parts.ended.aborted) this.#pumpLater();
    });
  }

  /** Starts a new round: users may be handed over now who could not before. */
  #wakeUp(): void {
    this.#round = [];
    this.#roundDue = true;
    this.#wake?.abort();
  }

  async #pump(): Promise<void> {
    const { clock, ended, retryMs } = this.#parts;
    while (this.#demands.size > 0 && !ended.aborted) {
      const wake = new AbortController();
      this.#wake = wake;
      const now = clock.monotonic();
      const free = this.#underWay.size < this.#demands.highest('concurrency');
      const nextAt = this.#lastAt + 1_000 / this.#demands.highest('ratePerSecond');
      if (free && now < nextAt) {
        await pause(clock, nextAt - now, wake.signal);
        continue;
      }
      const uid = free ? this.#next() : undefined;
      if (uid !== undefined) {
        this.#lastAt = now;
        this.#begin(uid);
      } else if (free && this.#roundDue) {
        this.#roundDue = false;
        await this.#newRound();
      } else {
        // Users who could not be moved are tried again after a while. A finished hand-off wakes it at once.
        await pause(clock, retryMs, wake.signal);
        this.#roundDue ||= !wake.signal.aborted;
      }
    }
  }

  #begin(uid: string): void {
    const { registry, logger, ended } = this.#parts;
    this.#underWay.add(uid);
    registry
      .takeTurn(uid, () => this.#handOver(uid).finally(() => this.#end(uid, { moved: false })))
      .catch((error: unknown) => {
        if (!ended.aborted) logger.warn({ err: error, uid }, 'the user could not be handed over yet');
      })
      .finally(() => {
        this.#underWay.delete(uid);
        this.#wake?.abort();
      });
  }

  #next(): string | undefined {
    for (let uid = this.#round.pop(); uid !== undefined; uid = this.#round.pop()) {
      if (this.#isWanted(uid)) return uid;
    }
    return undefined;
  }

  async #newRound(): Promise<void> {
    const { registry, services, pod, logger, ended } = this.#parts;
    // Not all users here are looked at for each of many orders.
    const uids = this.#demands.named ?? registry.uids();
    const round = [...uids].filter((uid) => this.#isWanted(uid)).toReversed();
    if (round.length === 0) return;
    try {
      // Read after the refusal was published, so that this pod is no target.
      await services.fresh(pod.namespace, pod.serviceName);
      await this.#pins.read(round);
    } catch (error) {
      if (!ended.aborted)
        logger.warn({ err: error, left: round.length }, 'users cannot be handed over now; trying again');
      if (!this.#demands.isLastCall) return;
    }
    this.#round = round;
  }

  #isWanted(uid: string): boolean {
    const { at } = this.#parts.registry.life(uid).state;
    if ((at !== 'held' && at !== 'waiting') || this.#underWay.has(uid)) return false;
    return at === 'waiting' ? this.#demands.of(uid) !== undefined : this.#listenerOf(uid) !== undefined;
  }

  /** Whether a demand that has not ended names the user. */
  isNamed(uid: string): boolean {
    return this.#demands.isNamed(uid);
  }

  #listenerOf(uid: string): HandOffListener | undefined {
    return this.#demands.listenerOf(uid, this.#parts.listener());
  }

  /** Hands a user over, within the user's turn. */
  async #handOver(uid: string): Promise<void> {
    const { registry, telemetry } = this.#parts;
    const target = await this.#target(uid);
    if (!target) return;
    const { demand, to, undo } = target;
    let moved = false;
    try {
      const isHeld = registry.life(uid).state.at === 'held';
      const listener = isHeld ? this.#listenerOf(uid) : undefined;
      if (isHeld && !listener) return;
      // Without a target, a held user is saved and released only if this pod stops; a waiting user goes on waiting.
      if (to === undefined && !(demand.lastCall && isHeld)) return;
      const run = (): Promise<MoveOutcome> => this.#moveOut(uid, demand, to, listener);
      const { route, attributes } = telemetry;
      const outcomeOf = (outcome: MoveOutcome): Outcome => ({ outcome, to });
      const around = route.spans?.around('hand_off', { ...attributes, uid }, run, outcomeOf);
      moved = (await (around ?? run())) === 'moved';
    } finally {
      if (!moved) undo();
    }
  }

  /** Ends the user's service here, saves the user, and moves the link. Returns what became of the user. */
  async #moveOut(
    uid: string,
    demand: HandOffDemand,
    to: number | undefined,
    listener: HandOffListener | undefined,
  ): Promise<MoveOutcome> {
    const { registry, ends, onHandedOff, telemetry, clock } = this.#parts;
    const op = registry.nextOperation();
    const scopes = registry.scopesEnded(uid);
    const begun = clock.monotonic();
    const { state } = registry.apply(uid, { type: 'move', op, to });
    if (state.at !== 'moving' || state.op !== op) return 'stays';
    const { token } = state;
    const isMoving = (): boolean => {
      const now = registry.life(uid).state;
      return now.at === 'moving' && now.op === op;
    };

    if (listener) this.#saving.add(uid);
    await ends.scopesEnded(uid, scopes, demand.userTimeoutMs);
    if (!isMoving()) {
      this.#saving.delete(uid);
      return 'lost';
    }
    if (listener) {
      const outcome = await this.#parts.saves.run(
        (user) => {
          this.#told.set(uid, { uid, token });
          return listener(user);
        },
        { uid, token, podId: to, timeoutMs: demand.userTimeoutMs },
        demand.abandoned,
        isMoving,
      );
      this.#saving.delete(uid);
      if (outcome.end === 'saved')
        for (const each of this.#demands.concerned(uid, demand)) each.saved.add(uid);
      if (outcome.end === 'failed') this.#failed(uid, demand, outcome.error);
      if (outcome.end === 'givenUp') this.#unsaved(uid, demand);
      if (!isMoving()) return 'lost';
      if (outcome.end === 'failed') {
        registry.apply(uid, { type: 'failed', op });
        return 'stays';
      }
    }
    const isGone =
      to === undefined ? await ends.remove(uid, op) : await this.#move(uid, op, token, to, { demand, begun });
    if (!isGone) return 'lost';
    telemetry.handedOver(clock.monotonic() - begun);
    this.#end(uid, { moved: true, podId: to });
    onHandedOff({ uid, token, podId: to });
    return 'moved';
  }

  /** Reports the outcome of a hand-off, unless no listener was called or it was reported before. */
  #end(uid: string, end: { readonly moved: boolean; readonly podId?: number | undefined }): void {
    const claim = this.#told.get(uid);
    if (!claim) return;
    this.#told.delete(uid);
    this.#parts.onHandOffEnded({ ...claim, ...end });
  }

  /** Where a user is handed over to, and how to take back that the user counts as placed there. */
  async #target(uid: string): Promise<Target | undefined> {
    const { services, pod } = this.#parts;
    const { placements } = services.service(pod.namespace, pod.serviceName);
    const read = await services.snapshot(pod.namespace, pod.serviceName).then(
      (snapshot) => ({ snapshot }),
      (error: unknown) => ({ snapshot: undefined, error }),
    );
    const { snapshot } = read;
    // Chosen in the same step as the user's service ends: a demand could have ended before.
    const demand = this.#demands.of(
      uid,
      (podId) => !snapshot || placements.hasPlace(snapshot, podId, this.#tally),
    );
    if (!demand) {
      const to = this.#demands.of(uid)?.to;
      if (to === undefined) return undefined;
      throw new Error(`${pod.serviceName}-${to} takes no new users now`);
    }
    if (demand.to !== undefined) return this.#placed(demand, demand.to);
    try {
      if (!snapshot) throw read.error;
      const handOff = { from: pod.podId, tally: this.#tally };
      // Counted in the same step: the next choice must see it.
      return this.#placed(demand, placements.pick(snapshot, uid, { pin: this.#pins.of(uid), handOff }));
    } catch (error) {
      if (demand.lastCall) return this.#placed(demand, undefined);
      throw error;
    }
  }

  #placed(demand: HandOffDemand, to: number | undefined): Target {
    if (to === undefined) return { demand, to, undo: () => {} };
    const { services, pod } = this.#parts;
    const undone = [
      services.service(pod.namespace, pod.serviceName).placements.place(to),
      this.#tally.place(to),
    ];
    const undo = (): void => {
      for (const each of undone) each();
    };
    return { demand, to, undo };
  }

  /** Sends the move, and repeats it until the store has answered. Returns whether the user was moved. */
  async #move(
    uid: string,
    op: number,
    token: number,
    to: number,
    { demand, begun }: { readonly demand: HandOffDemand; readonly begun: number },
  ): Promise<boolean> {
    const { registry, store, linkSeconds, clock, retryMs, ended, ends, logger } = this.#parts;
    const { telemetry } = this.#parts;
    const { by } = demand;
    const why = by === undefined ? 'handed-over' : 'moved';
    for (let failures = 0; ; failures++) {
      const { state } = registry.life(uid);
      if ((state.at !== 'moving' && state.at !== 'doubt') || state.op !== op) return false;
      this.#parts.moved.add(uid);
      try {
        const { linked } = await store.move(uid, token, to, linkSeconds, {
          why,
          by,
          unservedMs: Math.round(clock.monotonic() - begun),
        });
        // Before the user is gone, which may end a demand.
        if (linked) for (const each of this.#demands.concerned(uid, demand)) each.noteMoved(uid, to);
        registry.apply(uid, { type: linked ? 'moved' : 'refused', op });
        if (linked) telemetry.moves[why].value += 1;
        this.#end(uid, linked ? { moved: true, podId: to } : { moved: false });
        await ends.leaveRoster(uid);
        return linked;
      } catch (error) {
        if (isRouteError(error, 'INVALID_PARAMETER')) {
          registry.apply(uid, { type: 'failed', op });
          throw error;
        }
        registry.apply(uid, { type: 'unknown', op });
        logger.warn({ err: error, uid, to }, 'it is unknown whether the user was moved; trying again');
      }
      if (ended.aborted) return false;
      await pause(clock, backoffMs(retryMs, failures), ended);
    }
  }

  #failed(uid: string, demand: HandOffDemand, error: unknown): void {
    this.#parts.logger.warn(
      { err: error, uid },
      'the application could not save the user, who stays on this pod',
    );
    for (const each of this.#demands.concerned(uid, demand)) each.noteFailed(uid);
  }

  #unsaved(uid: string, demand: HandOffDemand): void {
    this.#parts.telemetry.unsaved.value += 1;
    this.#parts.logger.warn({ uid }, 'the user was not saved in time; the user is moved unsaved');
    for (const each of this.#demands.concerned(uid, demand)) each.noteUnsaved(uid);
  }
}
