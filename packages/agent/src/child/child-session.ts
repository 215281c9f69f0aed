import type { Clock } from '@stateful-route/core';
import type { ProcessTable } from './process-table.ts';

/** A scan of more new processes than this reads the whole table. */
const RANGE_MAX = 1_000;
/** A machine that starts processes without a pause gives no proof in this many scans. */
const SCANS_MAX = 200;
const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/** What is left of a session. */
interface Remains {
  /** Its processes that can still act. */
  readonly alive: readonly number[];
  /** Processes that may be of it, as they cannot be read. */
  readonly unknown: readonly number[];
}

const NOBODY: Remains = { alive: [], unknown: [] };

/** How the processes of a child are recognised. */
export interface SessionIdentity {
  /** The child: it leads the session. */
  readonly leader: number;
  /** `NAME=value` of an environment variable that no other process has: a process that leaves the session keeps it. */
  readonly variable: string;
}

/**
 * The processes that came from one child: those of its session, and those that left it with the child's environment. A process
 * that leaves the session *and* takes another environment is not recognised.
 */
export class ChildSession {
  readonly #table: ProcessTable;
  readonly #identity: SessionIdentity;
  readonly #startTicks: number;
  /** Living processes that are not of the session, and so never will be. Their numbers are theirs until the numbers begin anew. */
  readonly #others = new Set<number>();
  #newest = 0;

  /** To be made before the child's end is noticed, while the table still has the child. */
  constructor(table: ProcessTable, identity: SessionIdentity) {
    this.#table = table;
    this.#identity = identity;
    const leader = table.read(identity.leader);
    this.#startTicks = typeof leader === 'object' ? leader.startTicks : 0;
  }

  /**
   * Sends SIGKILL to every process of the session until none is left. Resolves with whether that is proved within the time. What
   * cannot be read counts as alive.
   */
  async end(withinMs: number, clock: Clock): Promise<boolean> {
    const endAt = clock.monotonic() + withinMs;
    // The kernel shows a process shortly after it has numbered it: one look might miss it, a second one does not.
    let looksWithout = 0;
    for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      const { alive, unknown } = this.remains();
      if (alive.length + unknown.length === 0) {
        looksWithout += 1;
        pauseMs = SHORTEST_PAUSE_MS;
        if (looksWithout === 2) return true;
      } else {
        looksWithout = 0;
        // A signal to the group reaches every process of it in one step, also those that fork. While a process of the session
        // lives, the kernel gives its number to no other group.
        if (alive.some((pid) => this.#isInSession(pid))) kill(-this.#identity.leader);
        for (const pid of alive) kill(pid);
      }
      if (clock.monotonic() >= endAt) return false;
      const wait = pauseMs;
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, wait, { keepsAlive: true });
      });
    }
  }

  /**
   * A complete look: a process that started during it is looked at too. It ends when none has started since the last part of it
   * began.
   */
  remains(): Remains {
    let newest = this.#newestPid();
    let found = this.#look(this.#table.pids());
    for (let scans = 1; found === NOBODY; scans++) {
      const now = this.#newestPid();
      if (now === newest) return NOBODY;
      if (scans === SCANS_MAX) return { alive: [], unknown: [now] };
      const started = now - newest;
      // The kernel's numbers begin anew at their end.
      const isRange = started > 0 && started <= RANGE_MAX;
      const from = newest + 1;
      newest = now;
      found = this.#look(
        isRange ? Array.from({ length: started }, (_, at) => from + at) : this.#table.pids(),
      );
    }
    return found;
  }

  #newestPid(): number {
    const newest = this.#table.newestPid();
    if (newest < this.#newest) this.#others.clear();
    this.#newest = newest;
    return newest;
  }

  #look(pids: readonly number[]): Remains {
    const alive: number[] = [];
    const unknown: number[] = [];
    for (const pid of pids) {
      if (this.#others.has(pid)) continue;
      const is = this.#isOfSession(pid);
      if (is === 'unknown') unknown.push(pid);
      else if (is === 'other') this.#others.add(pid);
      else if (is) alive.push(pid);
    }
    return alive.length + unknown.length === 0 ? NOBODY : { alive, unknown };
  }

  #isInSession(pid: number): boolean {
    const entry = this.#table.read(pid);
    return typeof entry === 'object' && entry.session === this.#identity.leader;
  }

  /** `other`: it lives, and is not of the session. */
  #isOfSession(pid: number): boolean | 'other' | 'unknown' {
    const { leader, variable } = this.#identity;
    const entry = this.#table.read(pid);
    if (entry === 'gone') return false;
    if (entry === 'refused') return 'unknown';
    if (!entry.isAlive) return false;
    if (entry.session === leader) return true;
    // Older than the child, or the kernel's own: it cannot have come from the child.
    if (entry.startTicks < this.#startTicks || entry.session === 0) return 'other';
    const has = this.#table.hasVariable(pid, variable);
    if (has === 'refused') return 'unknown';
    if (has === 'gone') return false;
    return has || 'other';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone meanwhile, or may not be signalled: the next look tells.
  }
}
