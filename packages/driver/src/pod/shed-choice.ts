import type { Clock, Link, ShedOrder } from '@stateful-route/core';
import { type LimitedLogger, type SheddableUser, usersToShed } from '@stateful-route/core/adapter';
import type { ShedPolicy } from '../config/rebalance.ts';
import type { ServiceRegistry } from '../service/service-registry.ts';
import type { PodPlace } from '../wiring/place.ts';
import type { PodRun } from './pod-run.ts';

const MOVABLE_FAILED = 'the option movable failed; such users stay';

/** What the choice of users to shed depends on. */
export interface ShedChoiceParts {
  readonly pod: PodPlace;
  readonly services: ServiceRegistry;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly shed: ShedPolicy;
}

/** What the user's record says, as far as it is known. */
type KnownRecords = Map<string, Pick<Link, 'reason' | 'pin'> | undefined>;

/**
 * Chooses the users whom a pod sheds. Who came by an order a short while ago stays, and so does who is pinned: the records of those
 * who are chosen are read before.
 */
export class ShedChoice {
  readonly #parts: ShedChoiceParts;
  /** By order: who is chosen for it, while it is carried out. */
  readonly #chosenFor = new Map<string, readonly string[]>();

  constructor(parts: ShedChoiceParts) {
    this.#parts = parts;
  }

  /** Chooses whom no other order has, and keeps them from others until {@link end}. */
  async choose(run: PodRun, order: ShedOrder): Promise<ReadonlySet<string>> {
    const known: KnownRecords = new Map();
    let chosen = this.#chosen(run, order, known);
    const read = async (uids: Iterable<string>): Promise<void> => {
      const unread = [...uids].filter((uid) => !known.has(uid));
      const { links } = await run.store.links(unread, { pins: true });
      for (const uid of unread) known.set(uid, links.get(uid));
      chosen = this.#chosen(run, order, known);
    };
    await read(chosen);
    // If some of them must stay, others are chosen; then all are read, so that there is no third time.
    if (!chosen.every((uid) => known.has(uid)))
      await read(this.#candidates(run, order).map(({ uid }) => uid));
    return new Set(chosen.filter((uid) => known.has(uid)));
  }

  /** The order's users may be chosen by others. */
  end(orderId: string): void {
    this.#chosenFor.delete(orderId);
  }

  /** A user whom another order moves, or is about to, is not moved for this one, too. */
  #candidates(run: PodRun, { id }: ShedOrder): readonly { readonly uid: string }[] {
    const others = [...this.#chosenFor].flatMap(([orderId, uids]) => (orderId === id ? [] : uids));
    const taken = new Set(others);
    return run.registry.claimsIn('held').filter(({ uid }) => !run.pool.isNamed(uid) && !taken.has(uid));
  }

  #chosen(run: PodRun, order: ShedOrder, known: KnownRecords): readonly string[] {
    const { clock, shed } = this.#parts;
    const { isOn, which, options } = shed.rebalance;
    const now = clock.monotonic();
    const users = this.#candidates(run, order).map(({ uid }) => this.#user(run, uid, now, known));
    const chosen = usersToShed(users, order, {
      now,
      // Nobody else gives orders to shed where rebalancing is off.
      which: isOn === false ? 'all' : which,
      cooldownMs: options.cooldownMs,
      load: run.incarnations.publishedLoad ?? 0,
      movable: (uid) => known.get(uid)?.pin === undefined && this.#isMovable(uid, order.to),
    });
    this.#chosenFor.set(order.id, chosen);
    return chosen;
  }

  #user(run: PodRun, uid: string, now: number, known: KnownRecords): SheddableUser {
    const use = this.#parts.shed.use()?.(uid);
    const { lastAck, beatAgeMs = 0 } = run.incarnations;
    const { why, at } = known.get(uid)?.reason ?? {};
    // By the store's clock.
    const ageMs = at === undefined || !lastAck ? 0 : lastAck.storeTime + beatAgeMs - at;
    return {
      uid,
      weight: run.registry.weight(uid),
      busy: use?.busy ?? run.registry.scopesEnded(uid) !== undefined,
      usedAt: use?.idleMs === undefined ? undefined : now - use.idleMs,
      movedAt: why === 'moved' ? now - ageMs : undefined,
    };
  }

  #isMovable(uid: string, to: number | undefined): boolean {
    const { shed, logger, pod, services } = this.#parts;
    try {
      if (shed.movable?.(uid) === false) return false;
      if (to === undefined) return true;
      const { snapshot, placements } = services.service(pod.namespace, pod.serviceName);
      return snapshot === undefined || placements.admits(snapshot, uid, to);
    } catch (error) {
      logger.warn({ err: error, podId: pod.podId }, MOVABLE_FAILED);
      return false;
    }
  }
}
