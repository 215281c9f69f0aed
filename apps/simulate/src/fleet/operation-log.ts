import type { Observation } from '../checks/observation.ts';
import type { ProcessClock } from '../time/process-clock.ts';
import type { StoredCall } from '../wire/wire-plan.ts';

/** A process that runs operations. */
export interface Runner {
  readonly name: string;
  readonly clock: ProcessClock;
}

interface LogWorld {
  readonly now: number;
  readonly observe: (observation: Observation) => void;
}

const FNV_PRIME = 0x01000193;

/** The operations of a world: how many, in which order, and which are pending. */
export class OperationLog {
  /** How many operations of applications and calls to the store there were. */
  count = 0;
  #hash = 0x811c9dc5;
  readonly #world: LogWorld;
  readonly #pending = new Map<symbol, { readonly runner: Runner; readonly operation: string }>();

  constructor(world: LogWorld) {
    this.#world = world;
  }

  /** Equal for two runs in which the same happened in the same order. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  /** The operations of running processes that have not ended. */
  get pending(): readonly string[] {
    return [...this.#pending.values()]
      .filter(({ runner }) => !runner.clock.isDead)
      .map(({ runner, operation }) => `${operation} of ${runner.name}`);
  }

  note({ process, method, args, storeTime, error }: StoredCall): void {
    this.#add(`${process} ${method} ${String(args[1])} ${storeTime} ${error === undefined}`);
  }

  /**
   * Runs an operation of a process and reports its errors to the checks. It must end within `limitMs`, unless the process is
   * paused meanwhile.
   */
  run(runner: Runner, operation: string, limitMs: number | undefined, run: () => Promise<unknown>): void {
    const key = Symbol(operation);
    const startedAt = this.#world.now;
    this.#pending.set(key, { runner, operation });
    this.#add(`${runner.name} ${operation} ${startedAt}`);
    const answered = (): void => {
      this.#pending.delete(key);
      const tookMs = this.#world.now - startedAt;
      // The timers of a killed process do not fire.
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
