import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Authorize } from '../../src/index.ts';
import { chromiumForTests, startChromium } from '@stateful-route/harness/browser';
import { openConsole } from './support/console-page.ts';

const TOKEN = 'a-long-token-of-the-test-7d1f';

const byToken: Authorize = (request) =>
  request.headers.get('authorization') === `Bearer ${TOKEN}`
    ? { who: 'carol', may: 'act' }
    : unauthenticated();

const unauthenticated = (): Response =>
  Response.json(
    { error: { code: 'UNAUTHENTICATED', message: 'No token, or a wrong one.' } },
    { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  );

describe.skipIf(!chromiumForTests())('a console that wants a token', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it('is signed in to, and the token stays in memory', async () => {
    await using opened = await openConsole(browser, { console: { authorize: byToken } });
    const { page, goTo } = opened;
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.getByLabel('Token').fill('another');
    await page.keyboard.press('Enter');
    await dialog.getByText('The server refused the token.').waitFor();
    // It cannot be left.
    await page.keyboard.press('Escape');
    await dialog.getByLabel('Token').fill(TOKEN);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('carol can act').waitFor();
    await goTo('pods/0');
    await page.getByRole('button', { name: 'Cordon…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cordon', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    expect(addresses.filter((address) => address.includes(TOKEN))).toEqual([]);
    expect(await page.context().cookies()).toEqual([]);
    const kept = await page.evaluate(
      'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href, document.documentElement.outerHTML])',
    );
    expect(kept).not.toContain(TOKEN);
    await page.reload();
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
  });

  it('says that who is signed out of an application has to sign in there', async () => {
    let isSignedIn = true;
    await using opened = await openConsole(browser, {
      console: {
        authorize: ({ url }) =>
          isSignedIn ? { who: 'carol', may: 'read' } : Response.redirect(new URL('/sign-in', url), 302),
      },
    });
    const { page, goTo } = opened;
    await page.getByText('carol read-only').waitFor();
    isSignedIn = false;
    await goTo('user/ada');
    await page.getByText('You are not signed in. Load this page again to sign in.').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});
