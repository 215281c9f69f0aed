import type { HandOffListener } from '@stateful-route/core';
import type { HandOffDemand } from './hand-off-demand.ts';

/** The demands that have not ended, and which of them decides on a user. */
export class HandOffDemands {
  readonly #all = new Set<HandOffDemand>();

  get size(): number {
    return this.#all.size;
  }

  add(demand: HandOffDemand): void {
    this.#all.add(demand);
  }

  delete(demand: HandOffDemand): void {
    this.#all.delete(demand);
  }

  /** Whether a demand calls its own listener. */
  get hasListener(): boolean {
    return [...this.#all].some(({ onHandOff }) => onHandOff);
  }

  /** Whether the pod stops. */
  get isLastCall(): boolean {
    return [...this.#all].some(({ lastCall }) => lastCall);
  }

  /** The users who are named; `undefined` if a demand is for all. */
  get named(): ReadonlySet<string> | undefined {
    const uids = new Set<string>();
    for (const demand of this.#all) {
      if (!demand.uids) return undefined;
      for (const uid of demand.uids) uids.add(uid);
    }
    return uids;
  }

  /** The highest value that a demand requests. */
  highest(name: 'concurrency' | 'ratePerSecond'): number {
    return Math.max(...[...this.#all].map((demand) => demand[name]));
  }

  /** Whether a demand names the user. */
  isNamed(uid: string): boolean {
    return this.#wanting(uid).some((demand) => demand.names(uid));
  }

  /**
   * The demand that says where the user goes: that of a pod that stops, else the newest that names the user, else the newest. An
   * order counts only if the pod that it names takes the user.
   */
  of(uid: string, takesUser: (podId: number) => boolean = () => true): HandOffDemand | undefined {
    const isOpen = ({ by, to }: HandOffDemand): boolean =>
      by === undefined || to === undefined || takesUser(to);
    const open = this.#wanting(uid).filter((demand) => isOpen(demand));
    return (
      open.findLast(({ lastCall }) => lastCall) ?? open.findLast((demand) => demand.names(uid)) ?? open.at(-1)
    );
  }

  /** The listener that saves the user; `undefined` if no demand wants the user. */
  listenerOf(uid: string, registered: HandOffListener | undefined): HandOffListener | undefined {
    const wanting = this.#wanting(uid);
    if (wanting.length === 0) return undefined;
    return wanting.findLast(({ onHandOff }) => onHandOff)?.onHandOff ?? registered;
  }

  /** The demands that report the user: this one, and others that include the user. */
  concerned(uid: string, demand: HandOffDemand): ReadonlySet<HandOffDemand> {
    return new Set([demand, ...this.#wanting(uid)]);
  }

  #wanting(uid: string): HandOffDemand[] {
    return [...this.#all].filter((demand) => demand.wants(uid));
  }
}
