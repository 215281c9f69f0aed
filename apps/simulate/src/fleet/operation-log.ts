import type { Observation } from '../checks/observation.ts';
import type { ProcessClock } from '../time/process-clock.ts';
import type { StoredCall } from '../wire/wire-plan.ts';

/** Who runs operations. */
export interface Runner {
  readonly name: string;
  readonly clock: ProcessClock;
}

interface LogWorld {
  readonly now: number;
  readonly observe: (observation: Observation) => void;
}

const FNV_PRIME = 0x01000193;

/** What was done in a world: how much, in which order, and what is still under way. */
export class OperationLog {
  /** How many operations of applications and calls of the store there were. */
  count = 0;
  #hash = 0x811c9dc5;
  readonly #world: LogWorld;
  readonly #pending = new Map<symbol, { readonly runner: Runner; readonly operation: string }>();

  constructor(world: LogWorld) {
    this.#world = world;
  }

  /** The same for two runs in which the same happened in the same order. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  /** What was begun by processes that go on, and not answered. */
  get pending(): readonly string[] {
    return [...this.#pending.values()]
      .filter(({ runner }) => !runner.clock.isDead)
      .map(({ runner, operation }) => `${operation} of ${runner.name}`);
  }

  note({ process, method, args, storeTime, error }: StoredCall): void {
    this.#add(`${process} ${method} ${String(args[1])} ${storeTime} ${error === undefined}`);
  }

  /**
   * Runs an operation of a process; its errors are seen, and no more. `limitMs` is the time by which it has to be
   * answered, where the process is not paused meanwhile.
   */
  run(runner: Runner, operation: string, limitMs: number | undefined, run: () => Promise<unknown>): void {
    const key = Symbol(operation);
    const startedAt = this.#world.now;
    this.#pending.set(key, { runner, operation });
    this.#add(`${runner.name} ${operation} ${startedAt}`);
    const answered = (): void => {
      this.#pending.delete(key);
      const tookMs = this.#world.now - startedAt;
      // the clock of a process that was killed does not end its waits
      if (limitMs === undefined || runner.clock.isDead || runner.clock.pausedUntil > startedAt) return;
      this.#world.observe({ kind: 'answered', process: runner.name, operation, tookMs, limitMs });
    };
    const failed = (error: unknown): void => {
      answered();
      this.#world.observe({ kind: 'error', process: runner.name, operation, error });
    };
    try {
      run().then(answered, failed);
    } catch (error) {
      failed(error);
    }
  }

  #add(text: string): void {
    this.count += 1;
    for (let at = 0; at < text.length; at++)
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(at), FNV_PRIME) >>> 0;
  }
}
