import { chromiumForTests, startChromium } from '@stateful-route/harness/browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConsole } from './support/console-page.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `user-${index}`);

const tile = (page: Page, name: string): Promise<string> =>
  page.getByRole('group', { name, exact: true }).locator('strong').innerText();

describe.skipIf(!chromiumForTests())('an operator who changes the fleet', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it('pins a user, and lets go of him', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo, faults } = opened;
    await fleet.claim(0, 'ada');
    await goTo('user/ada');
    await page.getByRole('button', { name: 'Pin…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pin ada' });
    await dialog.getByLabel('To pod').selectOption('1');
    expect(await dialog.getByRole('group').innerText()).toBe('routectl -n game -s room pin ada 1');
    await dialog.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.locator('.fact', { hasText: 'Pinned to' }).getByRole('link', { name: 'room-1' }).waitFor();
    await page
      .getByRole('list', { name: 'Entries of the journal about this user' })
      .getByText('by carol')
      .waitFor();

    await page.getByRole('button', { name: 'Unpin…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Unpin', exact: true }).click();
    await expect.poll(() => page.locator('.fact', { hasText: 'Pinned to' }).count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('watches a rolling update', async () => {
    await using opened = await openConsole(browser, { pods: [0, 1, 2].map(() => ({ revision: 'v1' })) });
    const { fleet, page, goTo, faults } = opened;
    await fleet.claim(2, ...numbered(12));
    await goTo('rollout');
    await expect.poll(() => tile(page, 'Pods of the newest')).toBe('3 / 3');
    expect(await tile(page, 'Update')).toBe('none');

    for (const podId of [2, 1, 0]) {
      await fleet.stop(podId);
      await fleet.start(podId, { revision: 'v2' });
      await expect.poll(() => tile(page, 'Pods of the newest')).toBe(`${3 - podId} / 3`);
      if (podId > 0) await expect.poll(() => tile(page, 'Update')).toBe('runs');
    }
    await expect.poll(() => tile(page, 'Update')).toBe('none');
    const revision = page.locator('.revision');
    expect(await revision.count()).toBe(1);
    expect(await revision.innerText()).toContain('v2');
    expect(await revision.innerText()).toContain('newest');
    expect(faults).toEqual([]);
  });

  it('watches a fleet get even after a pod was added', async () => {
    const pod = { rebalance: { which: 'all', everyMs: 400, additions: 1, balance: 1 } } as const;
    await using opened = await openConsole(browser, { pods: [pod, pod] });
    const { fleet, page, goTo, faults } = opened;
    const uids = numbered(60);
    await fleet.claim(0, ...uids.slice(0, 30));
    await fleet.claim(1, ...uids.slice(30));
    const leaving = new AbortController();
    const visits = fleet.visit(uids, leaving.signal);
    await goTo('pods');
    await fleet.start(2, pod);
    const usersOf = async (name: string): Promise<number> => {
      const row = page.getByRole('table', { name: 'Pods' }).getByRole('row', { name });
      return Number(await row.locator('td').nth(3).innerText());
    };
    await expect.poll(() => usersOf('room-2'), { timeout: 40_000 }).toBeGreaterThanOrEqual(18);
    await expect.poll(() => usersOf('room-0')).toBeLessThanOrEqual(22);
    await goTo('timeline');
    const entries = page.getByRole('list', { name: 'Journal, the newest entry first' });
    await entries.getByText('was ordered to hand over').first().waitFor();
    await entries
      .getByText(/by rebalance \((addition|balance)\)/)
      .first()
      .waitFor();
    leaving.abort();
    await visits;
    expect(faults).toEqual([]);
  });

  it('plans a scale-in, which changes nothing', async () => {
    await using opened = await openConsole(browser, {
      pods: [0, 1, 2].map(() => ({ config: { maxUsers: 20 } })),
    });
    const { fleet, page, goTo, faults } = opened;
    await fleet.claim(2, ...numbered(15));
    await goTo('plan');
    await page.getByLabel('Pods that stay').fill('2');
    const planned = async (): Promise<string> => {
      await page.getByRole('button', { name: 'Plan', exact: true }).click();
      return page.locator('.plan-verdict').innerText();
    };
    await expect.poll(planned).toContain('1 pod would go and 15 users would move');
    await page.getByText('the rest can carry them').waitFor();
    expect(await page.getByRole('region', { name: 'Go' }).innerText()).toMatch(/room-2\s+−15 users/);
    const lines = await page.getByRole('group', { name: 'Command line' }).allInnerTexts();
    expect(lines.some((line) => /^routectl -n game -s room scale-in 1 --wait --rate \d/.test(line))).toBe(
      true,
    );
    expect(lines.some((line) => line.startsWith('kubectl') && line.endsWith('--replicas 2'))).toBe(true);

    await fleet.claim(0, ...Array.from({ length: 18 }, (_, index) => `more-${index}`));
    await fleet.claim(1, ...Array.from({ length: 18 }, (_, index) => `even-more-${index}`));
    await expect.poll(planned).toContain('the rest cannot carry them');
    expect(numbered(15).every((uid) => fleet.pod(2).server.holds(uid))).toBe(true);
    expect((await fleet.executors.server.getPodIntents(fleet.namespace, fleet.service)).size).toBe(0);
    expect(faults).toEqual([]);
  });

  it('freezes a service, which every screen says', async () => {
    await using opened = await openConsole(browser);
    const { page, goTo, faults } = opened;
    await goTo('plan');
    await page.getByRole('button', { name: 'Freeze…' }).click();
    await page
      .getByRole('dialog', { name: 'Freeze room' })
      .getByRole('button', { name: 'Freeze', exact: true })
      .click();
    await page.getByText('Frozen since').waitFor();
    for (const screen of ['now', 'pods/1', 'timeline']) {
      await goTo(screen);
      await page.locator('.banner').getByText('Frozen.').waitFor();
    }
    await goTo('plan');
    await page.getByRole('button', { name: 'Unfreeze…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Unfreeze', exact: true }).click();
    await expect.poll(() => page.locator('.banner').count()).toBe(0);
    expect(faults).toEqual([]);
  });
});
