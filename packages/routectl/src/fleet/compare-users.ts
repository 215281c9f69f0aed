import type { ServiceStateRead } from '@stateful-route/core';
import { counted, isSameRun, waitsForOwner } from '@stateful-route/core/adapter';
import type { FoundClaim } from '@stateful-route/driver';

/** What a pod publishes, beside the claims that scans found. */
export interface PodComparison {
  readonly podId: number;
  /** The users that the pod published last; `undefined` if it publishes none. */
  readonly users: number | undefined;
  /** Claims of its present process, in the last scan. */
  readonly claims: number;
  /** Claims of its ordinal by other processes, in the last scan. */
  readonly others: number;
  /** What is wrong; `undefined` if users and claims agree. */
  readonly problem: string | undefined;
}

interface Counts {
  /** Tokens by uid in the last scan. */
  last: Map<string, number | undefined>;
  /** Users that had the same claim in every scan. */
  stable: Map<string, number | undefined> | undefined;
  /** All users that had a claim in some scan. */
  readonly seen: Set<string>;
  others: number;
  least: number | undefined;
  most: number | undefined;
}

/**
 * Compares the users that pods publish with the claims that scans find, while users come and go.
 *
 * Neither a scan nor a heartbeat is of one moment. So a difference counts only if no coming and going explains it: a pod that
 * publishes fewer users, in every reading, than had the same claim in every scan; or one that publishes more, in every reading,
 * than had a claim in any scan.
 */
export class UserComparison {
  readonly #pods = new Map<number, Counts>();
  /** The process of each ordinal at the first reading. */
  readonly #runs = new Map<number, string>();
  #last: ServiceStateRead | undefined;

  /** Takes a reading: one before the first scan, and one after each, when the pods have beaten again. */
  addReading(read: ServiceStateRead): void {
    this.#last = read;
    for (const { podId, users, incarnation } of read.pods.values()) {
      if (incarnation === undefined) continue;
      if (!this.#runs.has(podId)) this.#runs.set(podId, incarnation);
      const counts = this.#countsOf(podId);
      if (users === undefined) continue;
      counts.least = Math.min(counts.least ?? users, users);
      counts.most = Math.max(counts.most ?? users, users);
    }
  }

  /** Takes the claims of a whole scan. */
  addScan(claims: Iterable<FoundClaim>): void {
    const last = this.#last!;
    const found = new Map<number, { own: Map<string, number | undefined>; others: number }>();
    for (const { uid, link } of claims) {
      let of = found.get(link.podId);
      if (!of) found.set(link.podId, (of = { own: new Map(), others: 0 }));
      const run = last.pods.get(link.podId)?.incarnation;
      const isOwn =
        run !== undefined &&
        (waitsForOwner(last, link.podId) ||
          (link.incarnation !== undefined && isSameRun(run, link.incarnation)));
      if (isOwn) of.own.set(uid, link.token);
      else of.others += 1;
    }
    for (const podId of new Set([...found.keys(), ...this.#pods.keys()])) {
      const counts = this.#countsOf(podId);
      const { own, others } = found.get(podId) ?? { own: new Map<string, number | undefined>(), others: 0 };
      const before = counts.stable;
      counts.stable = before
        ? new Map([...own].filter(([uid, token]) => before.get(uid) === token && before.has(uid)))
        : own;
      counts.last = own;
      counts.others = others;
      for (const uid of own.keys()) counts.seen.add(uid);
    }
  }

  /** Whether a further scan may explain a difference. */
  get isUnsettled(): boolean {
    return this.pods().some(({ problem }) => problem !== undefined);
  }

  /** The ordinals that have an entry or a claim. */
  pods(): PodComparison[] {
    return [...this.#pods]
      .toSorted(([a], [b]) => a - b)
      .map(([podId, counts]) => ({
        podId,
        users: this.#last?.pods.get(podId)?.users,
        claims: counts.last.size,
        others: counts.others,
        problem: this.#problem(podId, counts),
      }));
  }

  #problem(podId: number, { least, most, stable, seen }: Counts): string | undefined {
    const run = this.#last?.pods.get(podId)?.incarnation;
    const first = this.#runs.get(podId);
    // Another process came meanwhile: its users are not those that were compared.
    if (run === undefined || first === undefined || !isSameRun(run, first)) return undefined;
    if (least === undefined || most === undefined || !stable) return undefined;
    if (stable.size > most) {
      return `${counted(stable.size - most, 'claim')} more than it has users: it does not serve them, and nobody else may`;
    }
    if (seen.size < least) {
      return `${counted(least - seen.size, 'user')} more than it has claims: others may take them`;
    }
    return undefined;
  }

  #countsOf(podId: number): Counts {
    let counts = this.#pods.get(podId);
    if (!counts) {
      counts = {
        last: new Map(),
        stable: undefined,
        seen: new Set(),
        others: 0,
        least: undefined,
        most: undefined,
      };
      this.#pods.set(podId, counts);
    }
    return counts;
  }
}
