import { hasChromium } from '@stateful-route/harness/browser';
import type { Benchmark } from '../benchmark.ts';
import { lookCosts } from '../console/commands.ts';
import { smoothness } from '../console/smoothness.ts';
import { inLab } from '../lab/bench-lab.ts';
import { scaled } from '../measure/metric.ts';
import type { Figure } from '../report/figure.ts';

const SECONDS = 30;

/** What it costs to look. */
export const consoleBenchmark: Benchmark = {
  name: 'console',
  title: 'The console',
  about:
    'The page of the console over 1,000 pods, of which 60 change each second, in a Chromium without a window that shares the ' +
    'two cores with the console and the pods. A task over 50 ms is one that a press of a key or a scroll has to wait for. ' +
    'Before that: the commands that a Redis receives of a console over 100 pods, by its `MONITOR`, while nobody, one and ' +
    'fifty people follow a service.',
  run: async (context) => {
    const { scale, say } = context;
    const costs = await inLab(context, (lab) => lookCosts(lab, scaled(SECONDS, scale, 2)));
    for (const { lookers, commandsPerSecond } of costs)
      say(`${lookers} look: ${commandsPerSecond.toFixed(1)} commands a second`);
    if (!hasChromium) say('There is no Chromium: how smooth the page is was not measured.');
    const screens = hasChromium ? await smoothness(scaled(SECONDS, scale, 1)) : [];
    for (const { screen, longTasks, longestMs, frames } of screens) {
      say(
        `${screen}: ${longTasks} tasks over 50 ms, the longest ${Math.round(longestMs)} ms; ${Math.round(frames * 100)} % of the frames drawn`,
      );
    }
    const smooth: Figure = {
      kind: 'table',
      caption: `The page in ${SECONDS} s`,
      columns: ['screen', 'tasks over 50 ms', 'longest, ms', 'frames drawn'],
      rows: screens.map(({ screen, longTasks, longestMs, frames }) => [
        screen,
        longTasks,
        Math.round(longestMs),
        `${Math.round(frames * 100)} %`,
      ]),
    };
    const cost: Figure = {
      kind: 'table',
      caption: 'Commands that the store receives of a console',
      columns: ['people who look at one service', 'commands a second'],
      rows: costs.map(({ lookers, commandsPerSecond }) => [lookers, commandsPerSecond.toFixed(1)]),
    };
    return { metrics: [], figures: [cost, ...(screens.length === 0 ? [] : [smooth])] };
  },
};
