import {
  BATCH_LIMIT,
  invalidParameter,
  type RosterEntry,
  type RosterPage,
} from '@stateful-route/core/adapter';
import { keyOf } from './key-of.ts';

/** The rosters of all ordinals. Their numbers go on growing after the entries are lost. */
export class StoredRosters {
  /** By ordinal: its entries by uid, ordered by their numbers. */
  readonly #rosters = new Map<string, Map<string, RosterEntry>>();
  #lastNumber = 0;

  enter(namespace: string, serviceName: string, podId: number, uid: string, incarnation: string): number {
    const key = rosterKey(namespace, serviceName, podId);
    const roster = this.#rosters.get(key) ?? new Map<string, RosterEntry>();
    this.#rosters.set(key, roster);
    const number = ++this.#lastNumber;
    roster.delete(uid);
    roster.set(uid, Object.freeze({ uid, incarnation, number }));
    return number;
  }

  leave(namespace: string, serviceName: string, podId: number, uid: string, number: number): boolean {
    const key = rosterKey(namespace, serviceName, podId);
    const roster = this.#rosters.get(key);
    if (roster?.get(uid)?.number !== number) return false;
    roster.delete(uid);
    if (roster.size === 0) this.#rosters.delete(key);
    return true;
  }

  /** The entries after the cursor, which is the last number of the previous page. */
  read(namespace: string, serviceName: string, podId: number, cursor = '0'): RosterPage {
    if (!/^\d+$/.test(cursor)) throw invalidParameter('cursor', 'must be the cursor of the previous page');
    const roster = this.#rosters.get(rosterKey(namespace, serviceName, podId));
    const left = [...(roster?.values() ?? [])].filter(({ number }) => number > Number(cursor));
    const entries = left.slice(0, BATCH_LIMIT);
    return { entries, cursor: left.length > BATCH_LIMIT ? String(entries.at(-1)?.number) : undefined };
  }

  /** Removes all entries. */
  clear(): void {
    this.#rosters.clear();
  }
}

function rosterKey(namespace: string, serviceName: string, podId: number): string {
  return keyOf(namespace, serviceName, String(podId));
}
