import { describe, expect, it } from 'vitest';
import { allMutants } from '../src/mutants/all-mutants.ts';
import { drawScript } from '../src/script/draw-script.ts';
import { allThemes, themeOf } from '../src/script/themes/all-themes.ts';

const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

describe('themes', () => {
  it('take turns in one seed of four: each has at least one in a hundred', () => {
    const names = SEEDS.map((seed) => themeOf(seed)?.name).filter((name) => name !== undefined);
    expect(names).toHaveLength(25);
    expect(new Set(names).size).toBe(allThemes.length);
  });

  it('have each theme that a mutant names', () => {
    const names = allThemes.map(({ name }) => name);
    const wanted = allMutants.map(({ theme }) => theme).filter((theme) => theme !== undefined);
    expect(names).toEqual(expect.arrayContaining(wanted));
  });

  it('fill a world with scenes, ordered and within its length', () => {
    for (const seed of SEEDS.filter((each) => themeOf(each))) {
      const { events, lengthMs } = drawScript(seed, 300_000);
      expect(events.length).toBeGreaterThan(10);
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted((a, b) => a - b));
      expect(events.every(({ at }) => at >= 0 && at < lengthMs)).toBe(true);
    }
  });
});
