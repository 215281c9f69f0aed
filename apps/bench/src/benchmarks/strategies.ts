import type { StrategyName } from '@stateful-route/core';
import type { Benchmark, BenchContext, Findings, Goal, Metric } from '../benchmark.ts';
import { readLog } from '@stateful-route/lab/log';
import { type CaseName, casesOf } from '../simulation/cases.ts';
import { joinersPlot, windowsPlot } from '../simulation/plots.ts';
import { joinersTable, linksTable, loadsTable } from '../simulation/tables.ts';
import type { Trial } from '../simulation/trial.ts';
import { Trials } from '../simulation/trials.ts';

const DEFAULT: StrategyName = 'power-of-two';

/** Whether users are spread evenly although callers know loads of seconds ago: simulated, with the driver's own picker. */
export const strategies: Benchmark = {
  name: 'strategies',
  title: 'Strategies under stale load',
  about:
    "A simulation in simulated time, in which each caller picks and counts with the driver's own picker, " +
    '`Snapshot` and strategies. Baseline: 20 pods send a heartbeat every 5 s, spread over the period; 8 ' +
    'callers make 2,000 links/s in total, at random times, with `routingPeers: 8`; callers receive every ' +
    'heartbeat at once, and nothing between two. A window is one update period long, and one begins every ' +
    'half second; its peak is the new links of the pod with the most, divided by an equal share (by ' +
    'capacity if pods differ). `peakOverFair` is the greatest peak of all windows from the start on. Each ' +
    'other case changes one thing: callers read the pods every 5 s and nothing is pushed; nothing is ' +
    'configured, so that the callers count themselves; `routingPeers` is set to 1; nobody counts placements; one caller makes 80 % of the links; users leave after 20 s on ' +
    'average; every second pod has weight 2 and half the `loadPerUser`; half of the pods join empty; the ' +
    'users of a real log come 120 times as fast as they did, each once.',
  notes:
    '`round-robin`, and `least-loaded` if all callers count right, spread new links a little more evenly ' +
    'than the default. But `round-robin`, `rendezvous` and `random` level nothing if pods differ or join ' +
    'late, `weighted` levels nothing if they join late, and `least-loaded` piles users onto single pods ' +
    'as soon as callers know less than they assume. `power-of-two` is the only one whose loads are near ' +
    'level in every case, and a pod that joins gets twice its share, not all new users. If one caller ' +
    'makes most of the links, or users leave without a report, it spreads new links about as evenly as ' +
    'chance does; if each caller believes to be alone, less evenly.',
  run: async (context) => findings(await trialsFor(context)),
};

async function trialsFor(context: BenchContext): Promise<Trials> {
  const log = context.log ? await readLog(context.log) : [];
  return new Trials(casesOf(context.scale, log), context);
}

function findings(trials: Trials): Findings {
  const metric = (name: string, shown: string, from: Source, goal?: Goal): Metric[] => {
    const found = trials.measure(from.name, from.strategy ?? DEFAULT, from.read ?? (({ peak }) => peak));
    return found ? [{ name, shown, ...found, unit: 'ratio', goal }] : [];
  };
  return {
    metrics: [
      metric(
        'peakOverFair',
        'new links of the fullest pod in any window over its fair share, by default',
        { name: 'baseline' },
        { atMost: 1.05 },
      ),
      metric('peakOverFairApart', 'the same, in windows that do not overlap', {
        name: 'baseline',
        read: ({ apart }) => apart.peak,
      }),
      metric('meanOverFair', 'the mean of the peaks of windows that do not overlap', {
        name: 'baseline',
        read: ({ apart }) => apart.mean,
      }),
      metric('peakOverFairRead', 'where callers read every 5 s and nothing is pushed', {
        name: 'read, not pushed',
      }),
      metric('peakOverFairSetTo1', 'where `routingPeers: 1` says that each is alone', {
        name: 'each believes to be alone',
      }),
      metric('peakOverFairUncounted', 'where nobody counts', { name: 'nobody counts' }),
      metric('peakOverFairArgmin', '`least-loaded` where nobody counts: the herd', {
        name: 'nobody counts',
        strategy: 'least-loaded',
      }),
      metric('peakOverFairRandom', '`random`, the baseline', { name: 'baseline', strategy: 'random' }),
      metric('loadOverFairLog', 'load of the fullest pod over its fair share, replaying the log', {
        name: 'real log',
        read: ({ load }) => load,
      }),
    ].flat(),
    figures: [
      linksTable(trials),
      loadsTable(trials),
      joinersTable(trials),
      windowsPlot(trials),
      joinersPlot(trials),
    ],
  };
}

/** The trial and the number that a metric reads. */
interface Source {
  readonly name: CaseName;
  /** Default: `power-of-two`. */
  readonly strategy?: StrategyName;
  /** Default: the peak of new links. */
  readonly read?: (trial: Trial) => number;
}
