import type { RosterEntry } from '@stateful-route/core/adapter';

/** Rosters as the ports' contracts describe them. */
export class ModelRosters {
  readonly #rosters = new Map<string, Map<string, RosterEntry>>();
  readonly #last = new Map<string, number>();

  /** The replied number, if it is greater than all earlier ones; else another one. */
  enter(roster: string, uid: string, incarnation: string, replied: number): number {
    const last = this.#last.get(roster) ?? -1;
    const number = Number.isSafeInteger(replied) && replied > last ? replied : last + 1;
    this.#last.set(roster, number);
    this.#rosters.set(roster, this.read(roster).set(uid, { uid, incarnation, number }));
    return number;
  }

  leave(roster: string, uid: string, number: number): boolean {
    const isThat = this.read(roster).get(uid)?.number === number;
    if (isThat) this.#rosters.get(roster)?.delete(uid);
    return isThat;
  }

  read(roster: string): Map<string, RosterEntry> {
    return new Map(this.#rosters.get(roster));
  }
}
