import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../src/workspace.ts';

const page = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8');

/** The TypeScript sources of a folder, each with its split string literals joined. */
function sourcesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8').replaceAll(/'\s*\+\s*'/g, ''));
}

const unescaped = (literal: string): string => literal.replaceAll(/\\(.)/g, '$1');

describe('the log, as docs/operations.md lists it', () => {
  const sources = ['core', 'driver', 'adapter-redis'].flatMap((folder) =>
    sourcesOf(`packages/${folder}/src`),
  );

  /** The quoted lines of the section. One that ends in an ellipsis is only the beginning. */
  const listed = [...page('operations.md').matchAll(/^## What the log says\n([^]*?)^## /gm)]
    .flatMap(([, section = '']) => section.split('\n'))
    .filter((line) => line.startsWith('| `') || /^`|: `|, `/.test(line))
    .flatMap((line) => (line.startsWith('|') ? [line.split(' | ', 1)[0]!] : [line]))
    .flatMap((cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text))
    .filter((text) => text.includes(' '));

  const beginningOf = (line: string): string => line.replace(/ ?…$/, '');
  const isListedAs = (text: string, line: string): boolean =>
    text.endsWith('…') ? line.startsWith(beginningOf(text)) : line === text;

  /** The messages of the calls that pass a literal or a constant of the same file. */
  const logged = sources.flatMap((source) =>
    [
      ...source.matchAll(
        /\.(?:warn|error|info|over)\([^;]*?(?:\}|fields|service|, [A-Z_]+),\s*(?:'((?:[^'\\]|\\.)*)'|([A-Z_]+)),?\s*\)/g,
      ),
    ].map(
      ([, literal, constant]) =>
        literal ?? new RegExp(`const ${constant} =\\s*'((?:[^'\\\\]|\\\\.)*)'`).exec(source)?.[1] ?? '',
    ),
  );

  it.each(listed)('has the line %j', (line) => {
    const parts = line.endsWith('…') ? [beginningOf(line)] : [`'${line}'`, `"${line}"`, `\`${line}\``];
    expect(sources.some((source) => parts.some((part) => unescaped(source).includes(part)))).toBe(true);
  });

  it('has no line that the page leaves out', () => {
    expect(logged.length).toBeGreaterThan(20);
    const missing = logged.map(unescaped).filter((line) => !listed.some((text) => isListedAs(text, line)));
    expect(missing).toEqual([]);
  });
});

it('docs/guarantees.md has every scenario of chaos, and no other', () => {
  const scenarios = sourcesOf('apps/chaos/src/scenarios').flatMap(
    (source) => /^ {2}name: '([a-z-]+)',$/m.exec(source)?.[1] ?? [],
  );
  expect(scenarios.length).toBeGreaterThan(20);
  const guarantees = page('guarantees.md');
  const [, promises = '', , table = ''] = guarantees.split(
    /^## (?:The promise|What is not|Fault by fault|Choosing lease).*$/m,
  );
  const proofs = [...promises.matchAll(/^\|.*\| ([^|]+) \|$/gm)].flatMap(([, cell = '']) =>
    [...cell.replaceAll(/\([^)]*\)/g, '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name),
  );
  expect(proofs.filter((name) => name !== 'simulate' && !scenarios.includes(name!))).toEqual([]);
  const rows = [...table.matchAll(/\| `([a-z][a-z-]+)` \|$/gm)].map(([, name]) => name);
  expect(new Set(rows)).toEqual(new Set(scenarios));
});
