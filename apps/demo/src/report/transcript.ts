import type { Result } from './result.ts';
import type { Interval, Move } from './serving-journal.ts';

/** How many lines of a kind are told before the rest is only counted. */
const TOLD = 6;

const PLACED = 'placed';

/** Tells a run in a few readable lines. */
export class Transcript {
  readonly #print: (line: string) => void;
  readonly #clockFace: () => string;
  readonly #told = new Map<string, number>();
  /** Why a pod lost its users. */
  readonly #reasons = new Map<number, string>();

  constructor(print: (line: string) => void, clockFace: () => string) {
    this.#print = print;
    this.#clockFace = clockFace;
  }

  say(line: string): void {
    this.#print(line);
  }

  /** Something happened at a moment worth knowing. */
  at(line: string): void {
    this.#print(`${this.#clockFace()}  ${line}`);
  }

  leaves(podId: number, line: string, reason: string): void {
    this.#flush();
    this.#reasons.set(podId, reason);
    this.at(line);
  }

  placed({ uid, podId }: Interval): void {
    this.#tell(PLACED, `${uid} -> pod ${podId}`);
  }

  moved({ uid, from, to }: Move): void {
    const reason = this.#reasons.get(from) ?? `pod ${from} let the user go`;
    this.#tell(reason, `${uid}: pod ${from} -> pod ${to}, as ${reason}`);
  }

  /** What was counted and not told, and how it ended. */
  end({ pods, ...result }: Result): void {
    this.#flush();
    this.say('');
    const row = (cells: readonly (string | number)[]): string =>
      cells.map((cell) => String(cell).padStart(9)).join('');
    this.say(row(['pod', 'users', 'requests']));
    for (const pod of pods) {
      const reason = this.#reasons.get(pod.podId);
      this.say(row([pod.podId, pod.users, pod.requests]) + (reason ? `   ${reason}` : ''));
    }
    this.say('');
    const { requests, users, served, failed, misroutes, doubleOwners, relinked, roundTrips } = result;
    this.say(`${requests} requests of ${users} users: ${served} served, ${failed} failed`);
    this.say(`${misroutes} misroutes, ${doubleOwners} double owners, ${relinked} users moved to another pod`);
    this.say(
      `round trips to the store: ${shown(roundTrips.perFirstRoute)} for a new user, ${shown(roundTrips.perRepeat)} for a known one, ${roundTrips.total} in all`,
    );
    this.say(`${result.seconds} s, seed ${result.seed}`);
  }

  #tell(kind: string, line: string): void {
    const told = (this.#told.get(kind) ?? 0) + 1;
    this.#told.set(kind, told);
    if (told <= TOLD) this.at(line);
  }

  #flush(): void {
    for (const [kind, told] of this.#told) {
      if (told > TOLD)
        this.say(`  … and ${told - TOLD} more ${kind === PLACED ? kind : `moved, as ${kind}`}`);
      // So that it is counted on and not told again.
      this.#told.set(kind, Math.min(told, TOLD));
    }
  }
}

function shown(mean: number | null): string {
  return mean === null ? 'none' : String(Math.round(mean * 1_000) / 1_000);
}
