import { strategies, type StrategyName } from '@stateful-route/core';
import { agendaOf } from './agenda.ts';
import { linkPeaks, loadsOverFair } from './over-fair.ts';
import type { Scenario } from './scenario.ts';
import { simulate } from './simulate.ts';
import { STEPS_PER_PERIOD, type Timeline, timelineOf } from './timeline.ts';

/** How evenly a strategy spread users in one simulation. 1 is perfect. */
export interface Trial {
  readonly timeline: Timeline;
  /** The peak of each window, see {@link linkPeaks}. */
  readonly windows: readonly (number | undefined)[];
  /** The greatest peak of all windows. */
  readonly peak: number;
  /** The greatest and the mean peak of windows that do not overlap. */
  readonly apart: { readonly peak: number; readonly mean: number };
  /** The load of the most loaded pod over its fair share, at the worst moment of the second half. */
  readonly load: number;
}

/** Simulates a scenario with each strategy, on the same arrivals. */
export function trialsOf<Name extends StrategyName>(
  scenario: Scenario,
  names: readonly Name[],
  seed: number,
): ReadonlyMap<Name, Trial> {
  const agenda = agendaOf(scenario);
  return new Map(
    names.map((name) => {
      const placed = simulate({ scenario, agenda, strategy: strategies[name], seed });
      return [name, trialOf(timelineOf(scenario, placed))];
    }),
  );
}

function trialOf(timeline: Timeline): Trial {
  const windows = linkPeaks(timeline);
  const apart = known(windows.filter((_, from) => from % STEPS_PER_PERIOD === 0));
  const loads = loadsOverFair(timeline);
  const secondHalf = loads.slice(Math.floor(loads.length / 2));
  return {
    timeline,
    windows,
    peak: Math.max(...known(windows)),
    apart: { peak: Math.max(...apart), mean: apart.reduce((sum, peak) => sum + peak, 0) / apart.length },
    load: Math.max(...secondHalf.map((perPod) => Math.max(...perPod))),
  };
}

function known(peaks: readonly (number | undefined)[]): readonly number[] {
  return peaks.filter((peak) => peak !== undefined);
}
