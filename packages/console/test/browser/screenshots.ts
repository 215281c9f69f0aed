// Takes the pictures of the READMEs from a demo: `pnpm screenshots URL`, where the demo runs with `--serve`.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openPage, startChromium } from '@stateful-route/harness/browser';

const FOLDER = fileURLToPath(new URL('../../pictures/', import.meta.url));
const SERVICE = 'room';
/** Who sends most of the demo's requests, and so is always there. */
const USER = 'ada';
/** For how long a chart is watched before its picture is taken. */
const WATCHED_MS = 75_000;

const [url] = process.argv.slice(2);
if (url === undefined || !URL.canParse(url)) {
  console.error(
    'Start `pnpm demo --serve` and name the address that it prints: pnpm screenshots http://127.0.0.1:8080',
  );
  process.exit(2);
}

const shapes = {
  wide: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
  narrow: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 },
} as const;

type Shape = keyof typeof shapes;

/** Takes a screen in some widths, light and dark, once something of it is drawn. */
async function take(name: string, hash: string, drawn: string, widths: readonly Shape[]): Promise<void> {
  for (const width of widths) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openPage(browser, `${url}#/${SERVICE}/${hash}`, {
        ...shapes[width],
        colorScheme,
      });
      const { page } = opened;
      await page.getByText('live', { exact: true }).waitFor();
      await page.locator(drawn).first().waitFor();
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
  const { page } = looker;
  await page.getByText('live', { exact: true }).waitFor();
  await page.waitForTimeout(WATCHED_MS);
  await page.goto(`${url}#/${SERVICE}/pods/1`);
  await page.getByRole('button', { name: 'Drain…' }).click();
  await page.getByRole('dialog').getByLabel('Users a second').fill('1');
  await page.getByRole('dialog').getByRole('button', { name: 'Drain', exact: true }).click();
  await page.getByRole('progressbar').waitFor();
  await take('pod', 'pods/1', '[role=progressbar]', ['wide']);
  await take('pods', 'pods', 'table', ['wide', 'narrow']);
  await take('now', 'now', '.worst', ['wide', 'narrow']);
  await take('user', `user/${USER}`, '.because', ['wide']);
  await page.getByRole('button', { name: 'Resume…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click();
}
await browser.close();
