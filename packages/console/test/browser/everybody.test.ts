import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumForTests, startChromium } from '@stateful-route/harness/browser';
import { type ConsolePage, openConsole } from './support/console-page.ts';
import { startFleet, type Fleet } from './support/fleet.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENS = ['now', 'pods', 'pods/1', 'user', 'user/ada', 'rollout', 'timeline', 'plan'];
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };

/** What axe finds on the page as it is, in lines. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** Waits until the screen has drawn what it reads. */
async function drawn(page: Page): Promise<void> {
  await page.getByText('live', { exact: true }).waitFor();
  await page
    .getByText(/^(Reading|Asking)/)
    .first()
    .waitFor({ state: 'detached' });
}

describe.skipIf(!chromiumForTests())('the page is for everybody', () => {
  let browser: Browser;
  let fleet: Fleet;
  beforeAll(async () => {
    browser = await startChromium();
    fleet = await startFleet(Array.from({ length: 8 }, () => ({ metadata: { zone: 'a' } })));
    await fleet.claim(0, 'ada', 'bob');
    await fleet.claim(1, 'carl');
    await fleet.executors.server.setPodIntent(fleet.namespace, fleet.service, 2, 'cordon', { by: 'dave' });
  });
  afterAll(async () => {
    await browser?.close();
    await fleet?.[Symbol.asyncDispose]();
  });

  it.for(['light', 'dark'] as const)(
    'axe finds nothing on any screen, wide and narrow, %s',
    async (colorScheme) => {
      for (const context of [{ colorScheme }, { colorScheme, ...PHONE }]) {
        await using opened = await openConsole(browser, { fleet, context });
        const { page, goTo, faults } = opened;
        for (const screen of SCREENS) {
          await goTo(screen);
          await drawn(page);
          expect({ screen, found: await findings(page) }).toEqual({ screen, found: [] });
        }
        await goTo('pods/0');
        await page.getByRole('button', { name: 'Drain…' }).click();
        expect(await findings(page)).toEqual([]);
        expect(faults).toEqual([]);
      }
    },
  );

  it('has a small screen without anything to scroll sideways, or under the navigation', async () => {
    await using opened = await openConsole(browser, { fleet, context: PHONE });
    const { page, goTo } = opened;
    for (const screen of SCREENS) {
      await goTo(screen);
      await drawn(page);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect({ screen, width }).toEqual({ screen, width: PHONE.viewport.width });
    }
    const nav = page.getByRole('navigation', { name: 'Screens' });
    for (const link of await nav.getByRole('link').all()) {
      const box = await link.boundingBox();
      expect(Math.min(box!.width, box!.height)).toBeGreaterThanOrEqual(44);
    }
    await nav.getByRole('link', { name: 'Pods' }).tap();
    await page.getByRole('heading', { name: 'Pods', level: 1 }).waitFor();
  });

  it('can be used by the keyboard alone', async () => {
    await using opened = await openConsole(browser, { fleet });
    const { page } = opened;
    await drawn(page);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');

    // To a user, by the key `/`.
    await page.keyboard.press('/');
    await page.keyboard.type('ada');
    await page.keyboard.press('Enter');
    await page.getByText('Pod 0 claimed ada').waitFor();
    expect(await focused(page)).toBe('User');
    await tabTo(page, 'Kick…');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    // The focus stays in the dialog, and comes back.
    for (let tabs = 0; tabs < 8; tabs++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.closest("dialog, body").localName')).not.toBe(
        'main',
      );
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Kick…');

    // To a pod, by the list: sorted by load, the fullest first.
    await page.evaluate('location.hash = "#/room/pods"');
    await page.getByRole('table', { name: 'Pods' }).waitFor();
    await tabTo(page, 'Load');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.getByRole('table', { name: 'Pods' }).getByRole('row').nth(1).innerText())
      .toContain('room-0');
    expect(await page.getByRole('columnheader', { name: 'Load' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    await tabTo(page, 'room-0');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'room-0', level: 1 }).waitFor();
    await tabTo(page, 'Drain…');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Drain room-0' }).waitFor();
    await tabTo(page, 'Cancel');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('shows where the focus is', async () => {
    await using opened = await openConsole(browser, { fleet });
    const { page, goTo } = opened;
    await goTo('pods');
    await page.getByRole('table', { name: 'Pods' }).waitFor();
    for (let tabs = 0; tabs < 25; tabs++) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(
        'document.activeElement === document.body ? 2 : parseFloat(getComputedStyle(document.activeElement).outlineWidth)',
      );
      expect(outline).toBeGreaterThanOrEqual(2);
    }
  });

  it('does not jump as figures change', async () => {
    await using opened = await openConsole(browser, { fleet });
    const { page, goTo } = opened;
    for (const screen of ['now', 'pods']) {
      await goTo(screen);
      await drawn(page);
      await page.evaluate(`globalThis.shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) globalThis.shift += entry.value;
        }).observe({ type: 'layout-shift' })`);
      await changes(opened, 6);
      // A number that is aligned to the right begins elsewhere when it gets a digit more. All else would be a hundred times that.
      expect(await page.evaluate('globalThis.shift')).toBeLessThan(0.001);
    }
  });
});

const focused = (page: Page): Promise<string> =>
  page.evaluate(
    '(document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText ?? "").trim()',
  );

/** Presses Tab until the focus is on what has the text. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let tabs = 0; tabs < 60; tabs++) {
    if ((await focused(page)) === text) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${text}`);
}

/** Lets so many readings of a service that changes reach the page. */
async function changes({ page, fleet }: ConsolePage, count: number): Promise<void> {
  for (let change = 0; change < count; change++) {
    await fleet.claim(change % 8, `${change} ${Math.random()}`);
    const before = await page.evaluate('globalThis.drawn ?? 0');
    await page.waitForFunction(
      `(before) => new Promise((resolve) => {
        const look = new MutationObserver(() => { look.disconnect(); globalThis.drawn = before + 1; resolve(true); });
        look.observe(document.getElementById('content'), { subtree: true, characterData: true, childList: true });
      })`,
      before,
    );
  }
}
