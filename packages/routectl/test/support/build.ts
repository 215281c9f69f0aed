import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Builds the command and all that it imports, so that each test starts what users start. */
export default async function build(): Promise<void> {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  await promisify(execFile)('node_modules/.bin/tsc', ['-b', 'packages/routectl/tsconfig.src.json'], {
    cwd: root,
  });
}
