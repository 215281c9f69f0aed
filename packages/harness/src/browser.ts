import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const path = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((each) => each !== undefined && existsSync(each));

/** Whether there is a Chromium: the program that `CHROMIUM` names, or one where systems keep it. */
export const hasChromium: boolean = path !== undefined;

/** Of tests: {@link hasChromium}, and says what is missing if there is none. Throws where CI must have one. */
export function chromiumForTests(): boolean {
  if (hasChromium) return true;
  if (process.env['CI']) throw new Error('CI must have Chromium: .ci/install installs it.');
  console.warn(
    '\n  SKIPPED: there is no Chromium here. Install one (Debian: apt-get install chromium), or name it in CHROMIUM.\n',
  );
  return false;
}

/** Starts a Chromium without a window, which asks nobody but the servers that it is sent to. */
export function startChromium(): Promise<Browser> {
  if (path === undefined) {
    throw new Error(
      'There is no Chromium: install one (Debian: apt-get install chromium), or name it in CHROMIUM.',
    );
  }
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
}

/** A page, and all that it did which no page of ours may do. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the page, dialogs of the browser, and requests to other hosts. */
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
