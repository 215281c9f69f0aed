import { strategies, type StrategyName } from '@stateful-route/core';
import type { BenchContext } from '../benchmark.ts';
import { type Case, type CaseName, LOAD_AWARE } from './cases.ts';
import { type Trial, trialsOf } from './trial.ts';

/** Every built-in strategy, the default first. */
export const STRATEGY_NAMES = Object.keys(strategies) as readonly StrategyName[];

/** The median, and the least and the greatest. */
export interface OverRounds {
  readonly value: number;
  readonly spread: readonly [least: number, greatest: number];
}

/** What all simulations found, by case and strategy. */
export class Trials {
  readonly #byCase = new Map<CaseName, ReadonlyMap<StrategyName, Trial>[]>();

  /** Simulates every case, once for each round, each with a seed of its own. */
  constructor(cases: readonly Case[], { seed, rounds, say }: Pick<BenchContext, 'seed' | 'rounds' | 'say'>) {
    for (const { name, knowledgeOnly, roundsMax, make } of cases) {
      say(`simulating: ${name}`);
      const names = knowledgeOnly ? LOAD_AWARE : STRATEGY_NAMES;
      const seeds = Array.from({ length: Math.min(rounds, roundsMax) }, (_, round) => seed + round);
      this.#byCase.set(
        name,
        seeds.map((each) => trialsOf(make(each), names, each)),
      );
    }
  }

  get cases(): readonly CaseName[] {
    return [...this.#byCase.keys()];
  }

  /** The trials of a strategy, by round; none where it was not tried in the case. */
  of(name: CaseName, strategy: StrategyName): readonly Trial[] {
    const rounds = this.#byCase.get(name) ?? [];
    return rounds.map((byStrategy) => byStrategy.get(strategy)).filter((trial) => trial !== undefined);
  }

  /** A number of the trials of a strategy; `undefined` where it was not tried. */
  measure(
    name: CaseName,
    strategy: StrategyName,
    read: (trial: Trial) => number | undefined,
  ): OverRounds | undefined {
    const values = this.of(name, strategy)
      .map(read)
      .filter((value) => value !== undefined)
      .toSorted((a, b) => a - b);
    if (values.length === 0) return undefined;
    const middle = (values.length - 1) / 2;
    const value = (values[Math.floor(middle)]! + values[Math.ceil(middle)]!) / 2;
    return { value, spread: [values[0]!, values.at(-1)!] };
  }
}
