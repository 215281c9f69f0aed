import { strategies, type StrategyName } from '@stateful-route/core';
import type { BenchContext } from '../benchmark.ts';
import { estimate, type Estimate } from '../measure/estimate.ts';
import { type Case, type CaseName, LOAD_AWARE } from './cases.ts';
import { type Trial, trialsOf } from './trial.ts';

/** Every built-in strategy, the default first. */
export const STRATEGY_NAMES = Object.keys(strategies) as readonly StrategyName[];

/** The results of all simulations, by case and strategy. */
export class Trials {
  readonly #byCase = new Map<CaseName, ReadonlyMap<StrategyName, Trial>[]>();

  /** Simulates every case once a round, each round with another seed. */
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

  /** The trials of a strategy by round; empty if the case does not try it. */
  of(name: CaseName, strategy: StrategyName): readonly Trial[] {
    const rounds = this.#byCase.get(name) ?? [];
    return rounds.map((byStrategy) => byStrategy.get(strategy)).filter((trial) => trial !== undefined);
  }

  /** A number over the trials of a strategy; `undefined` if the case does not try it. */
  measure(
    name: CaseName,
    strategy: StrategyName,
    read: (trial: Trial) => number | undefined,
  ): Estimate | undefined {
    const values = this.of(name, strategy)
      .map(read)
      .filter((value) => value !== undefined);
    return values.length > 0 ? estimate(values) : undefined;
  }
}
