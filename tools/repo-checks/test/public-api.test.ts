import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { publicApi, publicApiFile } from '../src/public-api.ts';
import { publishedPackages } from '../src/workspace.ts';

it.each(publishedPackages())('$folder: the public API is the one written down', (one) => {
  const file = publicApiFile(one);
  const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
  expect(
    publicApi(one),
    `the public API of ${one.manifest.name} changed: if that is meant, run "pnpm api:update" and commit packages/${one.folder}/public-api.txt`,
  ).toBe(written);
});
