import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumForTests, startChromium } from '@stateful-route/harness/browser';
import { openConsole } from './support/console-page.ts';

const MARKUP = '<img src=x onerror="globalThis.stolen=1"><script>globalThis.stolen=1</script>';
/** Ids that users can choose: markup, an address with a scheme, a way out of attributes, text that turns its surroundings. */
const UIDS = [
  MARKUP,
  'javascript:globalThis.stolen=1',
  '"><svg/onload=globalThis.stolen=1>',
  "'; DROP TABLE users; --",
  '../../api/v1/console?x=1#/',
  '%3Cscript%3E%2F&amp;',
  ' ends and begins with a space ',
  'a\u202Eb\u2066c',
  '__proto__',
  'x'.repeat(512),
];

/** Whether something of what users wrote became a part of the page. */
const taken = (page: Page): Promise<unknown> =>
  page.evaluate(
    'globalThis.stolen ?? document.querySelectorAll("#console img, #console script, #console iframe, svg[onload]").length',
  );

describe.skipIf(!chromiumForTests())('what others wrote', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it('stays text in the id of a user, on every screen', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo, faults } = opened;
    await fleet.claim(0, ...UIDS);
    for (const uid of UIDS) {
      await page.getByRole('searchbox', { name: 'User id' }).fill(uid);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 2 }).getByText(uid, { exact: true }).waitFor();
      await page.getByText('Pod 0 claimed').waitFor();
      expect(await page.locator('.user-name bdi').textContent()).toBe(uid);
      await page.getByRole('button', { name: 'Pin…' }).click();
      expect(await page.getByRole('dialog').getByRole('heading').textContent()).toBe(`Pin ${uid}`);
      await page.keyboard.press('Escape');
    }
    await goTo('pods/0');
    await page.getByRole('button', { name: 'List users' }).click();
    await page.getByText('10 users, by a scan').waitFor();
    const links = page.getByRole('table', { name: 'Users of this pod' }).getByRole('link');
    expect((await links.allTextContents()).toSorted()).toEqual(UIDS.toSorted());
    // Each link leads to its user, whatever is in the id.
    for (const uid of UIDS) {
      await goTo('pods/0');
      await page.getByRole('button', { name: /^List (users|again)$/ }).click();
      await links.getByText(uid, { exact: true }).click();
      await expect.poll(() => page.locator('.user-name bdi').textContent()).toBe(uid);
    }
    await goTo('user/ada');
    await page.getByText('The user has no link').waitFor();
    expect(await taken(page)).toBe(0);
    expect(faults).toEqual([]);
  });

  it('stays text in what a pod publishes, in who acts and in a name of a service', async () => {
    const pod = { metadata: { [MARKUP]: MARKUP, zone: MARKUP }, address: MARKUP };
    await using opened = await openConsole(browser, {
      pods: [pod],
      console: { authorize: () => ({ who: MARKUP, may: 'act' }) },
    });
    const { fleet, page, goTo, faults } = opened;
    await fleet.executors.server.setPodIntent(fleet.namespace, fleet.service, 0, 'cordon', { by: MARKUP });
    await goTo('pods');
    await page.getByRole('link', { name: 'room-0' }).waitFor();
    await goTo('pods/0');
    await expect.poll(() => page.locator('.facts').innerText()).toContain(MARKUP);
    await page.getByText('was cordoned').waitFor();
    await goTo('timeline');
    await expect
      .poll(() => page.getByRole('listitem').filter({ hasText: 'intent' }).innerText())
      .toContain(MARKUP);
    await page.evaluate(`location.hash = '#/' + encodeURIComponent(${JSON.stringify(MARKUP)}) + '/pods'`);
    await page.getByText('No live figures.').waitFor();
    expect(await taken(page)).toBe(0);
    // The browser tells of the answer 400 to a name that no service can have, which the page shows.
    expect(faults.filter((fault) => !fault.includes('400'))).toEqual([]);
  });

  it('can be pasted into a shell as it is', async () => {
    await using opened = await openConsole(browser);
    const { fleet, page, goTo } = opened;
    const uid = `it's $(reboot) \`reboot\` "x" \\`;
    await fleet.claim(0, uid);
    await goTo(`user/${encodeURIComponent(uid)}`);
    await page.getByRole('button', { name: 'Kick…' }).click();
    const line = (): Promise<string> => page.getByRole('dialog').getByRole('group').innerText();
    expect(await line()).toBe(`routectl -n game -s room kick 'it'\\''s $(reboot) \`reboot\` "x" \\'`);
    await page.keyboard.press('Escape');
    await fleet.claim(0, '--all');
    await goTo('user/--all');
    await page.getByRole('heading', { name: '--all' }).waitFor();
    await page.getByRole('button', { name: 'Kick…' }).click();
    expect(await line()).toBe('routectl -n game -s room kick -- --all');
  });
});
