import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allMutants } from '../src/mutants/all-mutants.ts';
import { patched } from '../src/mutants/patched-copy.ts';

const PACKAGES = new URL('../../../packages/', import.meta.url);

describe('mutants', () => {
  it('are at least twenty, each by its own name', () => {
    const names = allMutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(20);
  });

  it.each(allMutants)('$name still fits the sources', async ({ patches }) => {
    expect(patches.length).toBeGreaterThan(0);
    const sources = new Map<string, string>();
    for (const patch of patches) {
      const source =
        sources.get(patch.file) ?? (await readFile(fileURLToPath(new URL(patch.file, PACKAGES)), 'utf8'));
      const changed = patched(source, patch);
      expect(changed).not.toBe(source);
      sources.set(patch.file, changed);
    }
  });

  it('are refused if they match not exactly once', () => {
    const patch = { file: 'x', find: 'a', replace: 'b' };
    expect(() => patched('banana', patch)).toThrow('3 places');
    expect(() => patched('no', { ...patch, find: 'x' })).toThrow('0 places');
    expect(patched('cat', { ...patch, replace: '$&$&' })).toBe('c$&$&t');
  });
});
