import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Builds the page of the console where it is not built, as on a fresh clone. */
export async function buildPage(): Promise<void> {
  const folder = dirname(fileURLToPath(import.meta.resolve('@stateful-route/console/package.json')));
  if (existsSync(join(folder, 'dist/page/index.html'))) return;
  const vite = join(folder, 'node_modules/.bin/vite');
  await promisify(execFile)(vite, ['build', 'page', '--logLevel', 'warn'], { cwd: folder });
}
