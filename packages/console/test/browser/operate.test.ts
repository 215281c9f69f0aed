import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumForTests, startChromium } from '@stateful-route/harness/browser';
import { openConsole } from './support/console-page.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `user-${index}`);

/** Answers the dialog that asks for a yes. */
async function confirm(page: Page, verb: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

describe.skipIf(!chromiumForTests())('an operator', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it('sees how the service is, as it changes', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, faults } = opened;
    const tile = (name: string): Promise<string> =>
      page.getByRole('group', { name, exact: true }).locator('strong').innerText();
    await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor();
    await expect.poll(() => tile('Taking users')).toBe('3 / 3');
    await fleet.claim(1, ...numbered(12));
    await expect.poll(() => tile('Users')).toBe('12');
    await page.locator('.worst .card').first().getByText('12', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  it('finds a user, reads why he is there and why not elsewhere', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, faults } = opened;
    await fleet.claim(2, 'ada');
    await page.getByRole('searchbox', { name: 'User id' }).fill('ada');
    await page.keyboard.press('Enter');
    await page.getByText('Pod 2 claimed ada at').waitFor();
    await page.getByText('Returns pod 2, which claims ada and is available.').waitFor();
    expect(await page.locator('.facts').innerText()).toContain('a claim: the pod holds the user');
    await page.getByLabel('What keeps the user from').selectOption('0');
    await page.getByText('The claim keeps ada on pod 2', { exact: false }).waitFor();
    expect(await page.getByRole('table', { name: 'Candidates' }).getByRole('row').count()).toBe(4);

    await page.getByRole('searchbox', { name: 'User id' }).fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('The user has no link: no pod holds it.').waitFor();
    expect(faults).toEqual([]);
  });

  it('drains a pod and watches it end', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo, faults } = opened;
    await fleet.claim(1, ...numbered(30));
    await goTo('pods');
    await page.getByRole('link', { name: 'room-1' }).click();
    await expect.poll(() => page.locator('.facts').innerText()).toMatch(/^Users\s+30$/m);
    await page.getByRole('button', { name: 'Drain…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Drain room-1' });
    await dialog.getByText('It hands its 30 users over to other pods').waitFor();
    await dialog.getByLabel('Users a second').fill('15');
    expect(await dialog.getByRole('group', { name: 'Command line' }).innerText()).toBe(
      'routectl -n game -s room drain 1 --rate 15',
    );
    await confirm(page, 'Drain');
    await page.getByRole('status').getByText('room-1 takes no new users').waitFor();

    const bar = page.getByRole('progressbar');
    await bar.waitFor();
    expect(await bar.getAttribute('aria-valuemax')).toBe('30');
    await page.getByText('Drained: nobody is left').waitFor();
    expect(await bar.getAttribute('aria-valuenow')).toBe('30');
    expect(numbered(30).some((uid) => fleet.pod(1).server.holds(uid))).toBe(false);
    await page.getByText('drained: 30 users moved').waitFor();

    await page.getByRole('button', { name: 'Resume…' }).click();
    await confirm(page, 'Resume');
    await page.getByText('It takes new users.').waitFor();
    await page
      .getByRole('list', { name: 'Entries of the journal about this pod' })
      .getByText('by carol')
      .first()
      .waitFor();
    expect(faults).toEqual([]);
  });

  it('does not act when the dialog is left', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo } = opened;
    await goTo('pods/0');
    await page.getByRole('button', { name: 'Cordon…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cordon…' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(fleet.pod(0).server.getRoutingState()).toBe('READY');
    const { intents } = {
      intents: await fleet.executors.server.getPodIntents(fleet.namespace, fleet.service),
    };
    expect(intents.size).toBe(0);
  });

  it('lists the users of a pod, and goes to one', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo, faults } = opened;
    await fleet.claim(0, ...numbered(300));
    await goTo('pods/0');
    await page.getByRole('button', { name: 'List users' }).click();
    await page.getByText('300 users, by a scan').waitFor();
    const table = page.getByRole('table', { name: 'Users of this pod' });
    expect(await table.getAttribute('aria-rowcount')).toBe('301');
    await table.getByRole('button', { name: 'User' }).click();
    await table.getByRole('link', { name: 'user-299' }).click();
    await page.getByText('Pod 0 claimed user-299').waitFor();
    expect(faults).toEqual([]);
  });

  it('kicks a user', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo } = opened;
    await fleet.claim(0, 'ada');
    await goTo('user/ada');
    await page.getByRole('button', { name: 'Kick…' }).click();
    await page.getByRole('dialog').getByText('what it has not saved is lost', { exact: false }).waitFor();
    await confirm(page, 'Kick');
    await page.getByText('The user has no link: no pod holds it.').waitFor();
    await page.getByText('lost ada: the claim was ended').waitFor();
    expect(fleet.pod(0).server.holds('ada')).toBe(false);
  });

  it('moves a user by an order', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo } = opened;
    await fleet.claim(0, 'ada');
    await goTo('user/ada');
    await page.getByRole('button', { name: 'Move…' }).click();
    const move = page.getByRole('dialog').getByRole('button', { name: 'Move', exact: true });
    expect(await move.isDisabled()).toBe(true);
    const choice = page.getByRole('dialog').getByLabel('To pod');
    expect(await choice.locator('option').allInnerTexts()).not.toContain('room-0');
    await choice.selectOption('2');
    expect(await page.getByRole('dialog').getByRole('group').innerText()).toBe(
      'routectl -n game -s room move ada 2',
    );
    await confirm(page, 'Move');
    await page.getByRole('status').getByText('It is done.').waitFor();
    await page.locator('.facts').getByRole('link', { name: 'room-2' }).waitFor();
    expect(await page.locator('.because').innerText()).toContain('by order of carol');
  });

  it('follows the timeline, holds it and filters it', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo, faults } = opened;
    await goTo('timeline');
    const entries = page.getByRole('list', { name: 'Journal, the newest entry first' }).getByRole('listitem');
    await entries.first().getByText('started').first().waitFor();
    await fleet.claim(0, 'ada', 'bob');
    await fleet.executors.server.setPodIntent(fleet.namespace, fleet.service, 1, 'cordon', { by: 'dave' });
    await page.getByText('was cordoned').waitFor();

    await page.getByRole('button', { name: 'Hold' }).click();
    const held = await entries.count();
    await fleet.executors.server.setPodIntent(fleet.namespace, fleet.service, 1, 'resume', { by: 'dave' });
    await page.getByRole('button', { name: /Follow, \d+ new/ }).waitFor();
    expect(await entries.count()).toBe(held);
    await page.getByRole('button', { name: /Follow/ }).click();
    await page.getByText('may take users again').waitFor();

    await page.getByRole('button', { name: 'intent', exact: true }).click();
    await expect.poll(() => entries.count()).toBe(2);
    expect(await entries.first().innerText()).toContain('by dave');
    expect(faults).toEqual([]);
  });

  it('is told that nothing is live, and goes on when it is again', async () => {
    await using opened = await openConsole(browser);
    const { page } = opened;
    await page.getByText('live', { exact: true }).waitFor();
    await page.context().setOffline(true);
    await page.route('**/api/**', (route) => route.abort());
    await page.evaluate('location.hash = "#/other/now"');
    await page.getByText('No live figures.').waitFor();
    await page.unroute('**/api/**');
    await page.context().setOffline(false);
    await page.evaluate('location.hash = "#/room/now"');
    await page.getByText('live', { exact: true }).waitFor();
    await expect.poll(() => page.getByText('No live figures.').count()).toBe(0);
  });

  it('comes back from a stream that has died without a word', async () => {
    await using opened = await openConsole(browser, { console: { everyMs: 3_600_000 } });
    const { page } = opened;
    await page.clock.install();
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    const streams: string[] = [];
    page.on('request', (request) => streams.push(request.url()));
    await page.clock.fastForward(46_000);
    await page.getByText('The stream from the server broke off.').waitFor();
    await page.clock.fastForward(2_000);
    await page.getByText('live', { exact: true }).waitFor();
    expect(streams.filter((url) => url.includes('/events?'))).toHaveLength(1);
  });

  it('cannot act where the console is read-only', async () => {
    await using opened = await openConsole(browser, { console: { readOnly: true } });
    const { page, goTo } = opened;
    await goTo('pods/0');
    await page.getByText('Read-only: nothing can be changed from here.').waitFor();
    expect(await page.getByRole('button', { name: /…$/ }).count()).toBe(0);
  });
});
