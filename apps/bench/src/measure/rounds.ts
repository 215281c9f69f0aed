import { collectGarbage } from '@stateful-route/lab/measure';

/** One side of a comparison: does its work once, and resolves with the measured value. */
export type Side = () => Promise<number>;

/** The values of each side, by round. */
export type Samples<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** Runs before each measurement, untimed. */
export type Prepare = () => Promise<void>;

/** Measures the sides in turn, A B B A …, so that a busy moment affects all alike. The first round does not count. */
export async function interleaved<const Name extends string>(
  rounds: number,
  sides: Readonly<Record<Name, Side>>,
  prepare?: Prepare,
): Promise<Samples<Name>> {
  const names = Object.keys(sides) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await prepare?.();
      collectGarbage();
      const value = await sides[name]();
      if (round > 0) samples[name].push(value);
    }
  }
  return samples;
}
