import type { StrategyName } from '@stateful-route/core';
import type { Table } from '../report/figure.ts';
import type { CaseName } from './cases.ts';
import { loadOfJoiners } from './joiners.ts';
import type { Trial } from './trial.ts';
import { STRATEGY_NAMES, type Trials } from './trials.ts';

/** Shows what counting is for; the product always counts. */
const REFERENCE: CaseName = 'nobody counts';
/** A window of the log has few links, so its peak says nothing. */
const SPARSE: CaseName = 'real log';

/** The most new links of a pod over its fair share, for each strategy and case. */
export function linksTable(trials: Trials): Table {
  return byCase(
    trials,
    'New links: the pod with the most in any window of one update period, over its fair share',
    trials.cases.filter((name) => name !== SPARSE),
    ({ peak }) => peak,
  );
}

/** The greatest load of a pod over its fair share, for each strategy and case. */
export function loadsTable(trials: Trials): Table {
  return byCase(
    trials,
    'Load: the most loaded pod over its fair share, at the worst moment of the second half',
    trials.cases,
    ({ load }) => load,
  );
}

function byCase(
  trials: Trials,
  caption: string,
  cases: readonly CaseName[],
  read: (trial: Trial) => number,
): Table {
  return {
    kind: 'table',
    caption: `${caption}. Medians; 1 is perfect; "=": as the baseline, for the strategy looks at no load. The last column leaves "${REFERENCE}" out`,
    columns: ['', ...cases, 'the worst'],
    rows: STRATEGY_NAMES.map((strategy) => {
      const values = cases.map((name) => trials.measure(name, strategy, read)?.value);
      const product = values.filter((value, at) => value !== undefined && cases[at] !== REFERENCE);
      return [strategy, ...values.map(cell), cell(Math.max(...(product as number[])))];
    }),
  };
}

/** How the load of joining pods develops, for each strategy. */
export function joinersTable(trials: Trials): Table {
  const late: CaseName = 'half join late';
  return {
    kind: 'table',
    caption:
      'Ten pods that join ten loaded ones: the most links of a pod in a window over its fair share, the greatest load of one that joined over its fair share, and the time from the last joining until all loads are within 5 % of fair and stay there',
    columns: ['', 'links over fair', 'load over fair', 'seconds until level'],
    rows: STRATEGY_NAMES.map((strategy) => [
      strategy,
      cell(trials.measure(late, strategy, ({ peak }) => peak)?.value),
      cell(trials.measure(late, strategy, mostLoadedJoiner)?.value),
      secondsUntilLevel(trials, strategy),
    ]),
  };
}

function mostLoadedJoiner({ timeline }: Trial): number {
  return Math.max(...loadOfJoiners(timeline).mostLoaded);
}

function secondsUntilLevel(trials: Trials, strategy: StrategyName): string {
  const levelAfter = trials.measure('half join late', strategy, ({ timeline }) => {
    return loadOfJoiners(timeline).levelAfterMs ?? Infinity;
  });
  const seconds = (levelAfter?.value ?? Infinity) / 1_000;
  return Number.isFinite(seconds) ? seconds.toFixed(1) : 'not in the time simulated';
}

function cell(value: number | undefined): string {
  return value === undefined ? '=' : value.toFixed(2);
}
