import { collectGarbage } from '@stateful-route/lab/measure';

/** One side of a comparison: does its work once, and resolves with what was measured. */
export type Side<Value = number> = () => Promise<Value>;

/** What was measured of each side, by round. */
export type Samples<Name extends string, Value = number> = Readonly<Record<Name, readonly Value[]>>;

/** Runs before each measurement, untimed. */
export type Prepare = () => Promise<void>;

/** Measures the sides in turn, A B B A …, so that a busy moment affects all alike. The first round does not count. */
export async function interleaved<const Name extends string, Value = number>(
  rounds: number,
  sides: Readonly<Record<Name, Side<Value>>>,
  prepare?: Prepare,
): Promise<Samples<Name, Value>> {
  const names = Object.keys(sides) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<Name, Value[]>;
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

/** A number of each measurement. */
export function mapSamples<const Name extends string, Value>(
  samples: Samples<Name, Value>,
  of: (value: Value) => number,
): Samples<Name> {
  const entries = Object.entries<readonly Value[]>(samples);
  return Object.fromEntries(entries.map(([name, values]) => [name, values.map(of)])) as Record<
    Name,
    number[]
  >;
}
