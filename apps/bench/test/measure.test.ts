import { describe, expect, it } from 'vitest';
import { closedLoop } from '../src/measure/closed-loop.ts';
import { estimate, median, ratio } from '../src/measure/estimate.ts';
import { movesOf } from '../src/measure/moves.ts';
import { interleaved } from '../src/measure/rounds.ts';
import { timedPasses } from '../src/measure/timed-passes.ts';

describe('estimates', () => {
  it('takes the value in the middle, or the mean of the two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow('No values');
  });

  it('reports the least and the greatest round', () => {
    expect(estimate([3, 1, 2])).toEqual({ value: 2, spread: [1, 3] });
  });

  it('compares two sides round by round', () => {
    // A slow second round slows both, and is not seen in the ratio.
    expect(ratio([20, 2, 30], [10, 1, 10])).toEqual({ value: 2, spread: [2, 3] });
  });
});

describe('rounds', () => {
  it('measures the sides in turn, every second round backwards, and drops the first round', async () => {
    const order: string[] = [];
    const side = (name: string) => async (): Promise<number> => order.push(name);
    let prepared = 0;
    const samples = await interleaved(2, { a: side('a'), b: side('b') }, async () => {
      prepared += 1;
    });
    expect(order.join('')).toBe('abbaab');
    expect(samples).toEqual({ a: [4, 5], b: [3, 6] });
    expect(prepared).toBe(6);
  });
});

describe('a closed loop', () => {
  it('makes each call once, and as many at a time as there are callers', async () => {
    const calls: number[] = [];
    let underWay = 0;
    let most = 0;
    const rate = await closedLoop({ callers: 4, calls: 22 }, async (at) => {
      calls.push(at);
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
    });
    expect(calls.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, at) => at));
    expect(most).toBe(4);
    expect(rate).toBeGreaterThan(0);
  });
});

describe('timed passes', () => {
  it('runs so many passes, and fails if a call returned nothing', async () => {
    let passes = 0;
    await timedPasses(3, 1, () => {
      passes += 1;
      return 1;
    });
    expect(passes).toBe(3);
    await expect(timedPasses(2, 1, () => Number.NaN)).rejects.toThrow('returned nothing');
  });
});

describe('moves', () => {
  it('counts the users that moved after a pod joined or left', async () => {
    let pods = 0;
    const router = {
      setPods: (count: number): void => {
        pods = count;
      },
      // Those of the fourth pod go to the first one where there is none.
      where: (users: readonly string[]): number[] => users.map((_, at) => (at % 4 < pods ? at % 4 : 0)),
    };
    const users = Array.from({ length: 40 }, (_, at) => `user-${at}`);
    expect(await movesOf(router, users, 4)).toEqual({ join: 0, leave: 0.25, peak: 1 });
    expect(await movesOf(router, users, 3)).toEqual({ join: 0.25, leave: 0.25, peak: 1.5 });
  });
});
