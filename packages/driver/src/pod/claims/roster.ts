import type { LimitedLogger, RosterEntry, StatefulExecutor } from '@stateful-route/core/adapter';
import type { PodPlace } from '../../wiring/place.ts';
import type { ClaimingIncarnation } from './claim-store.ts';

/** What a roster depends on. */
export interface RosterParts {
  readonly stateful: StatefulExecutor;
  readonly logger: LimitedLogger;
  readonly pod: PodPlace;
  readonly incarnations: ClaimingIncarnation;
}

/**
 * A superset of an ordinal's claims in the store, from which a restarted pod finds its users again. A user is entered before the
 * claim, and removed after the claim's end is known.
 */
export class Roster {
  readonly #parts: RosterParts;
  /** The numbers of the entries that this run made or read. */
  readonly #numbers = new Map<string, number>();

  constructor(parts: RosterParts) {
    this.#parts = parts;
  }

  async enter(uid: string, signal?: AbortSignal): Promise<void> {
    const { stateful, pod, incarnations } = this.#parts;
    const number = await stateful.enterRoster(pod.namespace, pod.serviceName, pod.podId, uid, {
      incarnation: incarnations.incarnation,
      signal,
    });
    this.#numbers.set(uid, number);
  }

  /** Removes the entry, unless it was replaced by a newer one. A failure is logged and leaves the entry. */
  async leave(uid: string): Promise<void> {
    const number = this.#numbers.get(uid);
    if (number === undefined) return;
    const { stateful, pod, logger } = this.#parts;
    this.#numbers.delete(uid);
    try {
      await stateful.leaveRoster(pod.namespace, pod.serviceName, pod.podId, uid, { number });
    } catch (error) {
      logger.warn(
        { err: error, uid },
        'the entry of the user stays in the roster; the next restart of the pod removes it',
      );
    }
  }

  /** All entries, those of earlier runs too. */
  async read(signal: AbortSignal): Promise<RosterEntry[]> {
    const { stateful, pod } = this.#parts;
    const entries = new Map<string, RosterEntry>();
    let cursor: string | undefined;
    do {
      const page = await stateful.readRoster(pod.namespace, pod.serviceName, pod.podId, { cursor, signal });
      for (const entry of page.entries) entries.set(entry.uid, entry);
      ({ cursor } = page);
    } while (cursor !== undefined);
    for (const { uid, number } of entries.values()) {
      if (!this.#numbers.has(uid)) this.#numbers.set(uid, number);
    }
    return [...entries.values()];
  }
}
