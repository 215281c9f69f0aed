import { describe, expect, it } from 'vitest';
import { closedLoop } from '../src/measure/closed-loop.ts';
import { estimate, median, quantile, ratio } from '../src/measure/estimate.ts';
import { loopsTable, rateRatio } from '../src/measure/loops.ts';
import { movesOf } from '../src/measure/moves.ts';
import { pacedLoop } from '../src/measure/paced-loop.ts';
import { interleaved } from '../src/measure/rounds.ts';
import { timedPasses } from '../src/measure/timed-passes.ts';

describe('estimates', () => {
  it('takes the value in the middle, or the mean of the two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow('No values');
  });

  it('takes the least value that a share of the values keeps', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile([7], 0.99)).toBe(7);
    expect(() => quantile([], 0.5)).toThrow('No values');
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
    await closedLoop({ callers: 4, calls: 22 }, async (at) => {
      calls.push(at);
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
    });
    expect(calls.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, at) => at));
    expect(most).toBe(4);
  });

  it('measures rate and latencies after a quarter of the calls', async () => {
    const time = new CountedTime();
    // The first calls are slower.
    const call = (at: number): Promise<void> => time.pass(at < 25 ? 50 : 4);
    const loop = await closedLoop({ callers: 1, calls: 100 }, call, time.now);
    expect(loop.calls).toBe(100);
    expect(loop.perSecond).toBe(250);
    expect(loop.latenciesUs).toEqual(Array.from({ length: 75 }, () => 4_000));
  });

  it('times no more calls one by one than it needs, in every place of a batch', async () => {
    const time = new CountedTime();
    const timed = new Set<number>();
    let now = 0;
    const call = async (at: number): Promise<void> => {
      if (time.readings > now) timed.add(at % 512);
      await Promise.resolve();
      now = time.readings;
    };
    const { latenciesUs } = await closedLoop({ callers: 1, calls: 40_000 }, call, time.now);
    expect(latenciesUs.length).toBeGreaterThan(1_500);
    expect(latenciesUs.length).toBeLessThan(3_000);
    expect(timed.size).toBe(512);
  });
});

/** A clock that only calls move on. */
class CountedTime {
  readings = 0;
  #ms = 0;

  readonly now = (): number => {
    this.readings += 1;
    return this.#ms;
  };

  async pass(ms: number): Promise<void> {
    await Promise.resolve();
    this.#ms += ms;
  }
}

describe('a paced loop', () => {
  it('takes as long for slow calls as for fast ones', async () => {
    const callsOf = async (eachMs: number): Promise<number[]> => {
      const time = new CountedTime();
      const counts: number[] = [];
      const loop = pacedLoop(
        { callers: 1, forMs: 400 },
        (count) => {
          counts.push(count);
          return () => time.pass(eachMs);
        },
        time.now,
      );
      expect((await loop()).perSecond).toBeCloseTo(1_000 / eachMs);
      await loop();
      return counts;
    };
    // The first loops were too short.
    expect(await callsOf(1)).toEqual([8, 64, 400, 400]);
    expect(await callsOf(5)).toEqual([8, 64, 80]);
    expect(await callsOf(0.25)).toEqual([8, 64, 512, 1_600, 1_600]);
  });

  it('makes some calls for each caller, however slow they are', async () => {
    const time = new CountedTime();
    const counts: number[] = [];
    const loop = pacedLoop(
      { callers: 3, forMs: 400 },
      async (count) => {
        counts.push(count);
        return () => time.pass(1_000);
      },
      time.now,
    );
    await loop();
    await loop();
    expect(counts).toEqual([24, 24]);
  });
});

describe('loops', () => {
  const loops = {
    ours: [
      { calls: 4, perSecond: 20, latenciesUs: [5, 1, 3] },
      { calls: 4, perSecond: 40, latenciesUs: [7, 9, 8] },
    ],
    raw: [
      { calls: 4, perSecond: 10, latenciesUs: [10] },
      { calls: 4, perSecond: 10, latenciesUs: [10] },
    ],
  };

  it('compares rates round by round', () => {
    expect(rateRatio(loops.ours, loops.raw)).toEqual({ value: 3, spread: [2, 4] });
  });

  it('shows the rates, and medians of the latencies', () => {
    const table = loopsTable('8 in flight', 'calls/s', loops);
    expect(table.columns).toEqual(['', 'median, calls/s', 'least', 'most', 'latency p50, µs', 'p99, µs']);
    expect(table.rows).toEqual([
      ['ours', 30, 20, 40, (3 + 8) / 2, (5 + 9) / 2],
      ['raw', 10, 10, 10, 10, 10],
    ]);
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
