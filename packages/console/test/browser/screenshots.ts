// Takes the pictures of the READMEs from a demo: `pnpm screenshots URL`, where the demo runs with `--serve`.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openPage, startChromium } from '@stateful-route/harness/browser';
import type { Page } from 'playwright-core';

const FOLDER = fileURLToPath(new URL('../../../../docs/console/', import.meta.url));
const SERVICE = 'room';
/** For how long a chart is watched before its picture is taken. */
const WATCHED_MS = 75_000;

const [url] = process.argv.slice(2);
if (url === undefined || !URL.canParse(url)) {
  console.error(
    'Start `pnpm demo --serve` and name the address that it prints: pnpm screenshots http://127.0.0.1:8080',
  );
  process.exit(2);
}

const wide = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 };
const narrow = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };

/** Goes to a screen, does what the picture shows, and takes it wide and narrow, light and dark. */
async function take(name: string, hash: string, prepare: (page: Page) => Promise<unknown>): Promise<void> {
  for (const [width, shape] of Object.entries({ wide, narrow })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openPage(browser, `${url}#/${SERVICE}/${hash}`, { ...shape, colorScheme });
      const { page } = opened;
      await page.getByText('live', { exact: true }).waitFor();
      await prepare(page);
      const path = `${FOLDER}${name}-${width}-${colorScheme}.png`;
      await page.screenshot({ path, animations: 'disabled' });
      console.log(path);
    }
  }
}

await mkdir(FOLDER, { recursive: true });
const browser = await startChromium();
{
  // What is looked at is remembered: the charts have some minutes when their pictures are taken.
  await using looker = await openPage(browser, `${url}#/${SERVICE}/now`);
  await looker.page.getByText('live', { exact: true }).waitFor();
  await looker.page.waitForTimeout(WATCHED_MS);
  await take('now', 'now', (page) => page.locator('.worst').waitFor());
  await take('pods', 'pods', (page) => page.getByRole('table', { name: 'Pods' }).waitFor());
  await take('pod', 'pods/1', (page) => page.locator('.facts').waitFor());
  await take('user', `user/${encodeURIComponent(await someUser(looker.page))}`, (page) =>
    page.locator('.because').waitFor(),
  );
}
await browser.close();

/** A user that pod 0 has. */
async function someUser(page: Page): Promise<string> {
  await page.goto(`${url}#/${SERVICE}/pods/0`);
  await page.getByRole('button', { name: 'List users' }).click();
  return page.getByRole('table', { name: 'Users of this pod' }).getByRole('link').first().innerText();
}
