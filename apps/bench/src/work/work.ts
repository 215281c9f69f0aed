import type { Loop } from '../measure/closed-loop.ts';
import type { Pace } from '../measure/paced-loop.ts';
import { interleaved, type Prepare, type Samples, type Side } from '../measure/rounds.ts';

/** A kind of calls, made by each side in a closed loop. */
export interface Work<Name extends string> {
  /** New sides, each at this pace. */
  sides(pace: Pace): Promise<Readonly<Record<Name, Side<Loop>>>>;
  /** Runs before each measurement, untimed. */
  readonly prepare?: Prepare | undefined;
}

/** The clients without a router that every kind of calls is compared with. */
export type BareSide = 'raw' | 'auto-pipelined';

/** The sides of every comparison. */
export const COMPARED = ['ours', 'raw', 'auto-pipelined'] as const;

/** How long a sample takes with its warm-up: a shorter one would measure the warm-up. */
export const SAMPLE_MS = 400;

/** Measures these sides in turn. */
export async function measured<All extends string, Name extends All>(
  work: Work<All>,
  names: readonly Name[],
  pace: Pace,
  rounds: number,
): Promise<Samples<Name, Loop>> {
  const all: Readonly<Record<Name, Side<Loop>>> = await work.sides(pace);
  const chosen = Object.fromEntries(names.map((name) => [name, all[name]])) as Record<Name, Side<Loop>>;
  return interleaved(rounds, chosen, work.prepare);
}
