import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page from its sources, as the package ships it. */
export default async function buildPage(): Promise<void> {
  const configFile = fileURLToPath(new URL('../../page/vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'warn' });
}
