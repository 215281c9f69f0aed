import type { Browser, BrowserContextOptions } from 'playwright-core';
import { type ConsoleOptions, createConsole } from '../../../src/index.ts';
import { openPage, type WatchedPage } from '@stateful-route/harness/browser';
import { type Fleet, type FleetPod, startFleet } from './fleet.ts';
import { serve } from './serve.ts';

/** A page of the console, over a fleet. */
export interface ConsolePage extends WatchedPage {
  readonly fleet: Fleet;
  /** Where the console is. */
  readonly url: string;
  /** Opens another page of the same console. */
  open(hash: string, options?: BrowserContextOptions): Promise<WatchedPage>;
  /** Goes to a screen, as a link does. */
  goTo(hash: string): Promise<void>;
}

/** What is looked at, and as whom. */
export interface ConsolePageOptions {
  readonly pods?: readonly FleetPod[];
  readonly fleet?: Fleet;
  readonly console?: Partial<ConsoleOptions>;
  readonly context?: BrowserContextOptions;
}

/** Serves a console for Carol, who may act, and opens it. */
export async function openConsole(
  browser: Browser,
  { pods = [{}, {}, {}], fleet: given, console: options, context }: ConsolePageOptions = {},
): Promise<ConsolePage> {
  const fleet = given ?? (await startFleet(pods));
  const console = createConsole(fleet.executors, {
    namespace: fleet.namespace,
    authorize: () => ({ who: 'carol', may: 'act' }),
    readOnly: false,
    everyMs: 250,
    inspector: fleet.inspector,
    ...options,
  });
  const served = await serve((request) => console.fetch(request));
  const opened = await openPage(browser, `${served.url}/`, context);
  const { page, faults } = opened;
  return {
    fleet,
    page,
    faults,
    url: served.url,
    open: (hash, other) => openPage(browser, `${served.url}/#/room/${hash}`, other),
    goTo: async (hash) => {
      // a string, as this is a function of the page, where the types of a browser hold
      await page.evaluate(`location.hash = ${JSON.stringify(`#/room/${hash}`)}`);
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await console.close();
      await served[Symbol.asyncDispose]();
      if (!given) await fleet[Symbol.asyncDispose]();
    },
  };
}
