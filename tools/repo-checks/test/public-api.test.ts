import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exactOptionalProperties } from '../src/optional-properties.ts';
import { publicApi, publicApiFile } from '../src/public-api.ts';
import { publishedPackages } from '../src/workspace.ts';

it.each(publishedPackages())('$folder: the public API is as in public-api.txt', (one) => {
  const file = publicApiFile(one);
  const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
  expect(
    publicApi(one),
    `the public API of ${one.manifest.name} changed. If that is intended, run "pnpm api:update" and commit packages/${one.folder}/public-api.txt`,
  ).toBe(written);
});

it.each(publishedPackages())('$folder: every optional property may be undefined', (one) => {
  expect(exactOptionalProperties(readFileSync(publicApiFile(one), 'utf8'))).toEqual([]);
});

it('finds optional properties that may not be undefined', () => {
  const text =
    'interface A { a?: string; b?: string | undefined; c?: unknown; d: string }\ntype B = { e?: () => void };';
  expect(exactOptionalProperties(text)).toEqual(['a?: string;', 'e?: () => void']);
});
