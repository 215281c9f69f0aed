import type { Result } from './result.ts';
import type { Interval, Move } from './serving-journal.ts';

/** How many lines of a kind are printed. Others are only counted. */
const SHOWN_MAX = 6;

const PLACED = 'placed';

/** Prints a run in a few readable lines. */
export class Transcript {
  readonly #print: (line: string) => void;
  readonly #timeLabel: () => string;
  readonly #counts = new Map<string, number>();
  /** Why the users of a pod move. */
  readonly #reasons = new Map<number, string>();
  /** Why the users of another pod move. */
  #reason = (podId: number): string => `pod ${podId} let the user go`;

  constructor(print: (line: string) => void, timeLabel: () => string) {
    this.#print = print;
    this.#timeLabel = timeLabel;
  }

  say(line: string): void {
    this.#print(line);
  }

  /** Prints a line with the current time. */
  at(line: string): void {
    this.#print(`${this.#timeLabel()}  ${line}`);
  }

  leaves(podId: number, line: string, reason: string): void {
    this.#flush();
    this.#reasons.set(podId, reason);
    this.at(line);
  }

  /** From now on users move as the fleet evens out. */
  evensOut(line: string): void {
    this.#flush();
    this.#reason = () => 'the fleet evens out';
    this.at(line);
  }

  placed({ uid, podId }: Interval): void {
    this.#count(PLACED, `${uid} -> pod ${podId}`);
  }

  moved({ uid, from, to }: Move): void {
    const reason = this.#reasons.get(from) ?? this.#reason(from);
    this.#count(reason, `${uid}: pod ${from} -> pod ${to}, as ${reason}`);
  }

  /** Prints what was only counted, and the result. */
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
    const { requests, users, served, failed, misroutes, doubleOwners, relinked, roundTrips, scaleOut } =
      result;
    this.say(`${requests} requests of ${users} users: ${served} served, ${failed} failed`);
    this.say(`${misroutes} misroutes, ${doubleOwners} double owners, ${relinked} users moved to another pod`);
    this.say(
      `round trips to the store: ${shown(roundTrips.perFirstRoute)} for a new user, ${shown(roundTrips.perRepeat)} for a known one, ${roundTrips.total} in all`,
    );
    if (scaleOut) {
      const { added, even, imbalance, seconds } = scaleOut;
      const found = even ? 'even' : 'not even';
      this.say(
        `${added} pods added: ${found} after ${seconds} s, the farthest pod ${shown(imbalance * 100)} % off the mean`,
      );
    }
    this.say(`${result.seconds} s, seed ${result.seed}`);
  }

  #count(kind: string, line: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= SHOWN_MAX) this.at(line);
  }

  #flush(): void {
    for (const [kind, count] of this.#counts) {
      if (count > SHOWN_MAX)
        this.say(`  … and ${count - SHOWN_MAX} more ${kind === PLACED ? kind : `moved, as ${kind}`}`);
      // Counts on from here, and prints no more lines of this kind.
      this.#counts.set(kind, Math.min(count, SHOWN_MAX));
    }
  }
}

function shown(mean: number | null): string {
  return mean === null ? 'none' : String(Math.round(mean * 1_000) / 1_000);
}
