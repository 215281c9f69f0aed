import type { StrategyName } from '@stateful-route/core';
import type { Line, Plot } from '../report/figure.ts';
import { type CaseName, LOAD_AWARE } from './cases.ts';
import { loadOfJoiners } from './joiners.ts';
import { STRATEGY_NAMES, type Trials } from './trials.ts';

/** Each window's peak: all strategies in the baseline, and those that use loads where nobody counts. */
export function windowsPlot(trials: Trials): Plot {
  return {
    kind: 'plot',
    name: 'strategies-windows',
    caption: 'New links of the fullest pod, window by window (the first round)',
    x: { label: 'seconds until the window begins' },
    y: { label: 'new links over the fair share', scale: 'log' },
    lines: [
      ...STRATEGY_NAMES.map((strategy) => windowsLine(trials, 'baseline', strategy, strategy)),
      ...LOAD_AWARE.map((strategy) =>
        windowsLine(trials, 'nobody counts', strategy, `${strategy}, nobody counts`),
      ),
    ],
  };
}

/** The load of joining pods over time. */
export function joinersPlot(trials: Trials): Plot {
  return {
    kind: 'plot',
    name: 'strategies-joiners',
    caption: 'Ten pods join ten loaded ones: the fullest of them (the first round)',
    x: { label: 'seconds' },
    y: { label: 'load over the fair share' },
    lines: STRATEGY_NAMES.map((strategy) => {
      const { timeline } = trials.of('half join late', strategy)[0]!;
      const seconds = timeline.stepMs / 1_000;
      const points = loadOfJoiners(timeline).mostLoaded.map((load, step): Point => [
        (step + 1) * seconds,
        load,
      ]);
      return { label: strategy, points };
    }),
  };
}

type Point = readonly [x: number, y: number];

function windowsLine(trials: Trials, name: CaseName, strategy: StrategyName, label: string): Line {
  const { windows, timeline } = trials.of(name, strategy)[0]!;
  const points = windows.map((peak, from): Point[] =>
    peak === undefined ? [] : [[(from * timeline.stepMs) / 1_000, peak]],
  );
  return { label, points: points.flat() };
}
