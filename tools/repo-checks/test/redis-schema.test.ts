import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../src/workspace.ts';

const placeholders: Readonly<Record<string, string>> = {
  namespace: '<ns>',
  serviceName: '<svc>',
  podId: '<podId>',
  uid: '<uid>',
  tag: '<tag>',
};

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** What the page's tables name in their first column. */
function documented(): string[] {
  const rows = read('docs/redis-schema.md').matchAll(/^\| `(sf:[^`]+)` \|/gm);
  return [...rows].map(([, key = '']) => key);
}

/** What the adapter builds, with the page's placeholders for its parameters. */
function built(): string[] {
  const templates = read('packages/adapter-redis/src/keys.ts').matchAll(/return `([^`]+)`/g);
  return [...templates].map(([, template = '']) =>
    template.replaceAll(/\$\{(\w+)\}/g, (whole, parameter: string) => placeholders[parameter] ?? whole),
  );
}

it('the page of the Redis schema names every key that is built, and no other', () => {
  expect(built().length).toBeGreaterThan(0);
  expect([...new Set(documented())].toSorted()).toEqual(built().toSorted());
});

it('the page says of every key what it holds, and who writes and reads it', () => {
  const rows = documented();
  for (const key of built())
    expect({ key, rows: rows.filter((row) => row === key).length }).toEqual({ key, rows: 2 });
});
