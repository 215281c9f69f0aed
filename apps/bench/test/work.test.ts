import { describe, expect, it } from 'vitest';
import { isMet } from '../src/benchmark.ts';
import { standalone, type Store, threeMasters } from '../src/lab/stores.ts';
import { BenchLab, inLab } from '../src/lab/bench-lab.ts';
import type { Loop } from '../src/measure/closed-loop.ts';
import { againstBare, PLACEMENTS } from '../src/work/against-bare.ts';
import { claimWork } from '../src/work/claims.ts';
import { lookUpWork } from '../src/work/look-ups.ts';
import { placementWork } from '../src/work/placements.ts';
import { COMPARED, measured, type Work } from '../src/work/work.ts';

const PACE = { callers: 4, forMs: 1 };

describe('rates over those of bare clients', () => {
  const loop = (perSecond: number): Loop => ({ calls: 4, perSecond, latenciesUs: [1] });
  const loops = { ours: [loop(12)], raw: [loop(10)], 'auto-pipelined': [loop(15)] };

  it('are metrics with the goals that there are', () => {
    const [raw, auto] = againstBare(PLACEMENTS, 8, loops, { raw: 0.7 });
    expect(raw).toMatchObject({ name: 'placeVsRawEvalsha8', value: 1.2, goal: { atLeast: 0.7 } });
    expect(raw!.shown).toBe(
      'placements of new users of 8 callers at once: rate over that of raw one-key `EVALSHA`',
    );
    expect(auto).toMatchObject({ name: 'placeVsAutoPipelined8', value: 0.8, better: 'more' });
    expect(isMet(auto!)).toBeUndefined();
  });

  it('say where they were measured', () => {
    const [raw] = againstBare(PLACEMENTS, 512, loops, {}, { metric: 'Cluster', shown: 'on three masters, ' });
    expect(raw!.name).toBe('placeVsRawEvalsha512Cluster');
    expect(raw!.shown).toMatch(/^on three masters, placements/);
  });
});

describe.each<[string, (lab: BenchLab) => Promise<Store>]>([
  ['one server', standalone],
  ['three masters', threeMasters],
])('on %s', (_name, storeOf) => {
  const works: [string, (lab: BenchLab, store: Store) => Promise<Work<string>>][] = [
    ['look-ups', (lab, store) => lookUpWork(lab, store, 0.01)],
    ['placements', (lab, store) => placementWork(lab, store, 1)],
    ['claims', claimWork],
  ];

  it.each(works)('every side makes its %s, again and again', async (_work, workOf) => {
    await inLab({}, async (lab) => {
      const work = await workOf(lab, await storeOf(lab));
      const all = Object.keys(await work.sides(PACE));
      expect(all).toEqual(expect.arrayContaining([...COMPARED]));
      const loops = await measured(work, all, PACE, 2);
      for (const each of Object.values(loops)) {
        expect(each).toHaveLength(2);
        expect(each.every(({ perSecond }) => perSecond > 0)).toBe(true);
        expect(each.every(({ latenciesUs }) => latenciesUs.length > 0)).toBe(true);
      }
    });
  });
});
