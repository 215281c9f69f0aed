import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allScripts } from '../src/scripts/all-scripts.ts';

const folder = new URL('../lua/', import.meta.url);
const filesIn = (path: string): string[] =>
  readdirSync(new URL(path, folder)).filter((name) => name.endsWith('.lua'));

/** The comment that a file opens with. */
function headerOf(name: string): string[] {
  const lines = readFileSync(new URL(`${name}.lua`, folder), 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  return lines.slice(0, end).map((line) => line.replace(/^-- ?/, ''));
}

/** The entries of a section, by their numbers. */
function section(header: readonly string[], title: RegExp): string[] {
  const start = header.findIndex((line) => title.test(line));
  expect(start, `a section ${title.source}`).toBeGreaterThan(0);
  const entries: string[] = [];
  for (const line of header.slice(start + 1)) {
    if (!line.startsWith('  ')) break;
    const [, number, name] = /^ {2}(\d+) (\w+)/.exec(line) ?? [];
    if (number === undefined) continue;
    expect(Number(number)).toBe(entries.length + 1);
    entries.push(name!);
  }
  return entries;
}

/** The title of a section: a script that reads all items at once says what one of them has. */
function title(name: string, script: object): RegExp {
  return new RegExp(`^${name}${'readsAll' in script ? ', for each item' : ''}$`);
}

describe('every script', () => {
  it('has a file, and every file a descriptor', () => {
    expect(allScripts.map(({ name }) => `${name}.lua`).toSorted()).toEqual(filesIn('.').toSorted());
  });

  it('has a name of its own on a client', () => {
    expect(new Set(allScripts.map(({ command }) => command)).size).toBe(allScripts.length);
  });

  for (const script of allScripts) {
    describe(script.name, () => {
      const header = headerOf(script.name);

      it('opens with its purpose, keys, arguments and reply', () => {
        expect(header[0]).toMatch(/^[A-Z].+/);
        const sections = header.filter((line) => /^(KEYS|ARGV|Reply)/.test(line));
        expect(sections).toHaveLength(3);
        expect(header.at(header.findIndex((line) => line.startsWith('Reply')) + 1)).toMatch(/^ {2}\S/);
      });

      it('names the keys of its descriptor, in order, with their types', () => {
        expect(section(header, title('KEYS', script))).toEqual(script.keys);
        for (const name of script.keys) {
          expect(header.join('\n')).toMatch(
            new RegExp(`^ {2}\\d ${name} +(string|hash|list|stream|zset) +\\S`, 'm'),
          );
        }
      });

      it('names the arguments of its descriptor, in order', () => {
        expect(section(header, title('ARGV', script))).toEqual(script.args);
      });

      it('is made of pieces that exist, each named once', () => {
        const source = readFileSync(new URL(`${script.name}.lua`, folder), 'utf8');
        const pieces = [...source.matchAll(/^-- @include (\S+)$/gm)].map(([, name]) => `${name}.lua`);
        expect(new Set(pieces).size).toBe(pieces.length);
        for (const piece of pieces) expect(filesIn('include/')).toContain(piece);
        expect(script.lua).not.toContain('@include');
      });

      it('writes only if its descriptor says so', () => {
        const writes = /redis\.call\('(SET|HSET|HDEL|DEL|EXPIRE|PERSIST|HINCRBY|RPUSH|LREM)'/;
        const own = readFileSync(new URL(`${script.name}.lua`, folder), 'utf8');
        const changes =
          writes.test(own) ||
          /\b(set_claim|set_temporary|end_claim|publish|write_journal|end_order)\(/.test(own);
        expect(changes).toBe(script.writes);
      });
    });
  }
});
