/**
 * Holds the line counts in README.md, and the bounds beside them. What counts is an example's own code, formatted at 100 columns:
 * its files and what they import from beside its folder, without tests, blank lines, comments and imports.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const examples = resolve(import.meta.dirname, '..');
const oxfmt = resolve(examples, '../node_modules/.bin/oxfmt');

/** The bounds of those examples that have one. */
const BOUNDS: Readonly<Record<string, number>> = {
  express: 35,
  hono: 35,
  hocuspocus: 90,
  'nest-socket-io': 100,
  'python-pod': 90,
};

interface Row {
  readonly name: string;
  readonly lines: number;
  readonly bound: number | undefined;
}

/** The table of README.md: `| [express](express/main.ts) | … | 33 of 35 |`. */
const rows: Row[] = [
  ...readFileSync(join(examples, 'README.md'), 'utf8').matchAll(
    /^\| \[([\w-]+)\]\([^)]+\) \|.*\| (\d+)(?: of (\d+))? \|$/gm,
  ),
].map(([, name = '', lines, bound]) => ({
  name,
  lines: Number(lines),
  bound: bound === undefined ? undefined : Number(bound),
}));

function filesOf(example: string): string[] {
  const folder = join(examples, example);
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|js|mjs|py)$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
  const files = new Set<string>();
  const add = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|\} from|export).*'(\.[^']+)'/gm);
    for (const [, path = ''] of imports) add(resolve(dirname(file), path));
  };
  for (const file of own) add(file);
  return [...files];
}

function formatted(file: string): string {
  if (file.endsWith('.py')) return readFileSync(file, 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'line-counts-'));
  try {
    const copy = join(folder, basename(file));
    writeFileSync(copy, readFileSync(file));
    writeFileSync(join(folder, '.oxfmtrc.json'), JSON.stringify({ printWidth: 100, singleQuote: true }));
    execFileSync(oxfmt, [copy], { cwd: folder, stdio: 'pipe' });
    return readFileSync(copy, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param text - as TypeScript, or as Python. */
function ownLines(text: string, isPython = false): string[] {
  const skipped = isPython
    ? [/^[ \t]*(["']{3})[^]*?\1[ \t]*$/gm, /^(?:from \S+ )?import (?:\([^)]*\)|.*)$/gm, /^[ \t]*#.*$/gm]
    : [/^[ \t]*\/\*[^]*?\*\/[ \t]*$/gm, /^[ \t]*\/\/.*$/gm, /^import\b[^;]*;$/gm];
  const code = skipped.reduce((rest, pattern) => rest.replaceAll(pattern, ''), text);
  return code.split('\n').filter((line) => line.trim() !== '');
}

it('finds the examples that have a bound', () => {
  const present = Object.keys(BOUNDS).filter((name) => existsSync(join(examples, name)));
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(present));
  expect(present).toEqual(expect.arrayContaining(['express', 'hono']));
});

it.each(rows)('$name has $lines lines', ({ name, lines, bound }) => {
  const counted = filesOf(name).flatMap((file) => ownLines(formatted(file), file.endsWith('.py')));
  expect(counted.length).toBe(lines);
  expect(bound).toBe(BOUNDS[name]);
  if (bound !== undefined) expect(counted.length).toBeLessThanOrEqual(bound);
});

it('counts what an example says by itself', () => {
  const typescript = [
    '/** An example. */',
    "import { a } from 'a';",
    'import {',
    '  b, // of b',
    "} from 'b';",
    '',
    '// why',
    'const c = a(b); // counts',
    '/*',
    ' * not this',
    ' */',
    '  const text = `',
    '    // in a text',
    '  `;',
  ].join('\n');
  // A comment in a text is taken for one. No example has such a text.
  expect(ownLines(typescript)).toEqual(['const c = a(b); // counts', '  const text = `', '  `;']);
  const python =
    '"""An\nexample."""\nimport a\nfrom b import (\n  c,\n)\n\n# why\ndef d():\n    """Says."""\n    return 1';
  expect(ownLines(python, true)).toEqual(['def d():', '    return 1']);
});
