import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import type { Clock } from '@stateful-route/core';
import { ChildSession } from './child-session.ts';
import { ProcessTable } from './process-table.ts';

const VARIABLE = 'STATEFUL_ROUTE_CHILD';

/** What a child is started with. */
export interface ChildOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly table?: ProcessTable | undefined;
}

/** A program that the agent has started, in a session of its own. */
export class SupervisedChild {
  /** Resolves with the exit status, 128 and the signal's number for a signal, once the program has ended. */
  readonly ended: Promise<number>;
  /** Why its death cannot be proved; `undefined` if it can. */
  readonly unprovable: string | undefined;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #session: ChildSession;
  /** Whether it is proved that no process of the session is left. */
  #gone = false;

  private constructor(
    child: ChildProcess,
    { clock, table }: { clock: Clock; table: ProcessTable },
    init: Init,
  ) {
    this.#child = child;
    this.#clock = clock;
    this.#session = new ChildSession(table, { leader: child.pid!, variable: init.variable });
    this.unprovable = init.unprovable;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
    });
  }

  /** Starts it. Rejects when the program cannot be started. */
  static async start({
    command,
    env,
    clock,
    table = new ProcessTable(),
  }: ChildOptions): Promise<SupervisedChild> {
    const value = randomBytes(16).toString('hex');
    let unprovable = table.problem();
    const before = unprovable === undefined ? table.newestPid() : 0;
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      // A session of its own.
      detached: true,
      stdio: 'inherit',
      env: { ...env, [VARIABLE]: value },
    });
    if (child.pid === undefined) {
      const [error] = await new Promise<[Error]>((resolve) =>
        child.once('error', (error) => resolve([error])),
      );
      throw error;
    }
    // A failed signal is no failure of the child.
    child.on('error', () => {});
    if (unprovable === undefined && table.newestPid() === before)
      unprovable = '/proc/loadavg does not change when a process starts';
    return new SupervisedChild(child, { clock, table }, { unprovable, variable: `${VARIABLE}=${value}` });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /**
   * Ends what is left of it with SIGKILL. Resolves with whether no process of it is left, which only Linux can prove. Without a
   * proof a second call looks again; after one it does not, as its numbers may be another's by then.
   */
  async endSession(withinMs: number): Promise<boolean> {
    if (this.#gone) return true;
    if (this.unprovable !== undefined) {
      try {
        process.kill(-this.pid, 'SIGKILL');
      } catch {
        // Nothing is left of its group.
      }
      return false;
    }
    this.#gone = await this.#session.end(withinMs, this.#clock);
    return this.#gone;
  }
}

interface Init {
  readonly unprovable: string | undefined;
  readonly variable: string;
}
