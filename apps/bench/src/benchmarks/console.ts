import { hasChromium } from '@stateful-route/harness/browser';
import type { Benchmark } from '../benchmark.ts';
import { smoothness } from '../console/smoothness.ts';
import { scaled } from '../measure/metric.ts';
import type { Figure } from '../report/figure.ts';

const SECONDS = 30;

/** What it costs to look. */
export const consoleBenchmark: Benchmark = {
  name: 'console',
  title: 'The console',
  about:
    'The page of the console over 1,000 pods, of which 60 change each second, in a Chromium without a window that shares the ' +
    'two cores with the console and the pods. A task over 50 ms is one that a press of a key or a scroll has to wait for.',
  run: async ({ scale, say }) => {
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
    return { metrics: [], figures: screens.length === 0 ? [] : [smooth] };
  },
};
