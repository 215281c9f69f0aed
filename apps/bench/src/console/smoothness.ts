import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { createConsole } from '@stateful-route/console';
import { openPage, startChromium } from '@stateful-route/harness/browser';
import { SERVICE } from '../lab/bench-lab.ts';
import { BeatingPods } from '../lab/pods.ts';

const NAMESPACE = 'bench';
const PODS = 1_000;
const CHANGES_A_SECOND = 60;
const SCREENS = ['now', 'pods'];

/** How busy a screen kept the browser. */
export interface Smoothness {
  readonly screen: string;
  /** How many tasks took longer than 50 ms: a press of a key or a scroll then has to wait. */
  readonly longTasks: number;
  readonly longestMs: number;
  /** Frames that were drawn, of those that a display of 60 Hz shows. */
  readonly frames: number;
}

/**
 * Watches screens of the console for so many seconds each, in a Chromium without a window beside the console in this process,
 * while 60 of 1,000 pods change each second.
 */
export async function smoothness(seconds: number): Promise<Smoothness[]> {
  const executors = createMemoryExecutors();
  const pods = new BeatingPods(executors.stateful, NAMESPACE, PODS);
  await pods.beat();
  const console = createConsole(executors, {
    namespace: NAMESPACE,
    services: [SERVICE],
    authorize: () => ({ who: 'bench', may: 'read' }),
  });
  const server = createServer(getRequestListener((request) => console.fetch(request)) as RequestListener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let next = 0;
  const changing = setInterval(() => void pods.beat([next++ % PODS]), 1_000 / CHANGES_A_SECOND);
  const browser = await startChromium();
  try {
    const found: Smoothness[] = [];
    for (const screen of SCREENS) {
      await using opened = await openPage(browser, `http://127.0.0.1:${port}/#/${SERVICE}/${screen}`);
      await opened.page.getByText('live', { exact: true }).waitFor();
      const seen = await opened.page.evaluate<Omit<Smoothness, 'screen' | 'frames'> & { drawn: number }>(
        watching(seconds * 1_000),
      );
      const { longTasks, longestMs, drawn } = seen;
      found.push({ screen, longTasks, longestMs, frames: drawn / (seconds * 60) });
    }
    return found;
  } finally {
    clearInterval(changing);
    await browser.close();
    await console.close();
    server.closeAllConnections();
    server.close();
    await executors.close();
  }
}

/** What runs in the page: counts its long tasks and its frames. */
const watching = (ms: number): string => `new Promise((resolve) => {
  const seen = { longTasks: 0, longestMs: 0, drawn: 0 };
  const look = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.longTasks++;
      seen.longestMs = Math.max(seen.longestMs, duration);
    }
  });
  look.observe({ type: 'longtask' });
  const frame = () => { seen.drawn++; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  setTimeout(() => { look.disconnect(); resolve(seen); }, ${ms});
})`;
