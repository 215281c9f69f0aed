import { accessSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const chromiumPath: string | undefined = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && isThere(path));

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

if (chromiumPath === undefined) {
  if (process.env['CI']) throw new Error('CI must have Chromium: .ci/install installs it.');
  console.warn(
    '\n  SKIPPED: there is no Chromium here. Install one (Debian: apt-get install chromium), or name it in CHROMIUM.\n',
  );
}

/** Whether the tests of the page can run. */
export const hasChromium: boolean = chromiumPath !== undefined;

/** Starts a Chromium that asks nobody but the servers it is sent to. */
export function startChromium(): Promise<Browser> {
  if (chromiumPath === undefined)
    throw new Error('There is no Chromium: install one, or name it in CHROMIUM.');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
}

/** A page, and all that it did which a page of the console never does. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the page, and requests to other hosts. */
  readonly faults: string[];
}

/** Opens a page that is watched. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`asked ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}
