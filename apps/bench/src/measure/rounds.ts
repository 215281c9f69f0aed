import { collectGarbage } from '@stateful-route/lab/measure';

/** One of those that are compared: does its work once, and resolves with what was measured. */
export type Side = () => Promise<number>;

/** What was measured of each side, by round. */
export type Samples<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** What is done before each measurement and does not count. */
export type Prepare = () => Promise<void>;

/**
 * Measures sides in turn, A B A B …, so that what disturbs the machine for a while disturbs them alike; every second round
 * in the opposite order. A first round warms up and does not count.
 */
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
