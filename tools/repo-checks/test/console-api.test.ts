import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { consoleApi, consoleApiFile } from '../src/console-api.ts';

it("the description of the console's API is made from its types", () => {
  expect(
    consoleApi(),
    'the API of the console changed. If that is intended, run "pnpm api:update" and commit packages/console/openapi.json',
  ).toBe(readFileSync(consoleApiFile, 'utf8'));
});
