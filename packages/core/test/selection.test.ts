import {
  type SelectionContext,
  type SelectionStrategy,
  selectPod,
  strategies,
  type StrategyName,
} from '@stateful-route/core';
import { seededRandom } from '@stateful-route/core/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { views } from './pod.ts';

const names = Object.keys(strategies) as StrategyName[];

function context(seed: number, fields: Partial<SelectionContext> = {}): SelectionContext {
  return { random: seededRandom(seed), peers: 1, placements: 0, ...fields };
}

/** How often each pod is picked, by ordinal. */
function shares(strategy: SelectionStrategy, pods: ReturnType<typeof views>, picks = 10_000): number[] {
  const random = seededRandom(1);
  const counts = pods.map(() => 0);
  for (let placements = 0; placements < picks; placements++) {
    const picked = strategy.pick(pods, { random, peers: 1, placements, uid: `user-${placements}` });
    counts[picked!.podId]! += 1;
  }
  return counts.map((count) => count / picks);
}

describe.for(names)('strategy %s', (name) => {
  const strategy = strategies[name];

  it('picks one of the pods, or none if there are none', () => {
    const anyLoads = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(anyLoads, fc.nat(), fc.nat(), (loads, seed, placements) => {
        const pods = views(loads);
        const picked = strategy.pick(pods, context(seed, { placements, uid: `user-${seed}` }));
        if (pods.length === 0) expect(picked).toBeUndefined();
        else expect(pods).toContain(picked);
      }),
    );
  });

  it('picks pod 0 if it is the only one', () => {
    expect(strategy.pick(views([3]), context(1, { uid: 'ada' }))?.podId).toBe(0);
  });

  it('picks the same for the same seed, and changes nothing', () => {
    const pods = Object.freeze(views([1, 2, 3, 4]).map((view) => Object.freeze(view)));
    const picks = (): (number | undefined)[] => {
      const random = seededRandom(9);
      return Array.from(
        { length: 50 },
        (_, placements) => strategy.pick(pods, { random, peers: 1, placements })?.podId,
      );
    };
    expect(picks()).toEqual(picks());
  });

  it('reaches every pod of equal load', () => {
    const reached = shares(strategy, views([1, 1, 1, 1]));
    for (const share of reached) expect(share).toBeGreaterThan(0.2);
    for (const share of reached) expect(share).toBeLessThan(0.3);
  });
});

describe('power-of-two', () => {
  it('never picks the most loaded of several, and the least loaded most often', () => {
    const [least, middle, most] = shares(strategies['power-of-two'], views([1, 2, 3]));
    expect(most).toBe(0);
    expect(least).toBeGreaterThan(0.63);
    expect(middle).toBeGreaterThan(0.3);
  });
});

describe('least-loaded', () => {
  it('picks the least loaded', () => {
    expect(shares(strategies['least-loaded'], views([5, 0.5, 7]))).toEqual([0, 1, 0]);
  });

  it('shares ties only', () => {
    const [a, b, c, d] = shares(strategies['least-loaded'], views([1, 0, 0, 0]));
    expect(a).toBe(0);
    for (const share of [b, c, d]) expect(share).toBeCloseTo(1 / 3, 1);
  });
});

describe('round-robin', () => {
  it('advances when a user is placed, and only then', () => {
    const pods = views([9, 0, 4]);
    const picks = [0, 0, 1, 2, 3, 4].map(
      (placements) => strategies['round-robin'].pick(pods, context(1, { placements }))?.podId,
    );
    expect(picks).toEqual([0, 0, 1, 2, 0, 1]);
  });
});

describe('weighted', () => {
  const weights = (...words: (string | undefined)[]): number[] => {
    const metadata = words.map((weight): Record<string, string> => (weight === undefined ? {} : { weight }));
    return shares(
      strategies.weighted,
      views(
        words.map(() => 0),
        metadata,
      ),
    );
  };

  it('shares by weight', () => {
    const [a, b, c] = weights('1', '3', '0.5');
    expect(a).toBeCloseTo(1 / 4.5, 1);
    expect(b).toBeCloseTo(3 / 4.5, 1);
    expect(c).toBeCloseTo(0.5 / 4.5, 1);
  });

  it('takes an invalid weight as 1', () => {
    for (const share of weights(undefined, '', ' ', '-1', 'heavy', 'NaN', 'Infinity', '1')) {
      expect(share).toBeCloseTo(1 / 8, 1);
    }
  });

  it('picks a pod of weight 0 only if all are', () => {
    expect(weights('0', '1', '0')).toEqual([0, 1, 0]);
    const [a, b] = weights('0', '0');
    expect(a).toBeCloseTo(0.5, 1);
    expect(b).toBeCloseTo(0.5, 1);
  });
});

describe('rendezvous', () => {
  const pick = (ids: readonly number[], uid: string): number | undefined => {
    const pods = ids.map((podId) => ({ podId, loadState: 0, metadata: {} }));
    return strategies.rendezvous.pick(pods, context(1, { uid }))?.podId;
  };

  it('is the same for every caller, in whatever order pods come', () => {
    for (let user = 0; user < 200; user++) {
      expect(pick([0, 1, 2, 3], `user-${user}`)).toBe(pick([3, 1, 0, 2], `user-${user}`));
    }
  });

  it('moves only the users of a removed pod', () => {
    const users = Array.from({ length: 500 }, (_, user) => `user-${user}`);
    const staying = users.filter((uid) => pick([0, 1, 2, 3], uid) !== 2);
    expect(staying.length).toBeGreaterThan(300);
    expect(staying.map((uid) => pick([0, 1, 3], uid))).toEqual(staying.map((uid) => pick([0, 1, 2, 3], uid)));
  });

  it('is random without a uid', () => {
    const random = seededRandom(3);
    const picks = Array.from(
      { length: 100 },
      () => strategies.rendezvous.pick(views([0, 0]), { random, peers: 1, placements: 0 })?.podId,
    );
    expect(new Set(picks)).toEqual(new Set([0, 1]));
  });
});

describe('selectPod', () => {
  const least = strategies['least-loaded'];

  it('picks overloaded pods only if no other is left', () => {
    const policy = { overloadedAt: 10 };
    for (let seed = 0; seed < 50; seed++) {
      expect(selectPod(views([10, 9.9, 50]), strategies.random, context(seed), policy)?.podId).toBe(1);
    }
    expect(selectPod(views([12, 11, 50]), strategies.random, context(1), policy)?.podId).toBe(1);
  });

  it('refuses overloaded pods with rejectWhenOverloaded', () => {
    const policy = { overloadedAt: 10, rejectWhenOverloaded: true };
    expect(selectPod(views([10, 11]), least, context(1), policy)).toBeUndefined();
    expect(selectPod(views([10, 3]), least, context(1), policy)?.podId).toBe(1);
  });

  it('has no overload without a limit', () => {
    expect(selectPod(views([1e9]), least, context(1), { rejectWhenOverloaded: true })?.podId).toBe(0);
    expect(selectPod(views([1e9]), least, context(1))?.podId).toBe(0);
  });

  it('returns undefined if there are no pods', () => {
    const madeUp: SelectionStrategy = { pick: () => ({ podId: 7, loadState: 0, metadata: {} }) };
    expect(selectPod([], madeUp, context(1))).toBeUndefined();
    expect(selectPod([], madeUp, context(1), { overloadedAt: 1 })).toBeUndefined();
  });
});

describe('seededRandom', () => {
  it('is even, and the same for the same seed', () => {
    const random = seededRandom(5);
    const drawn = Array.from({ length: 10_000 }, random);
    const again = seededRandom(5);
    expect(Array.from({ length: 10_000 }, again)).toEqual(drawn);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(drawn.reduce((sum, each) => sum + each, 0) / drawn.length).toBeCloseTo(0.5, 1);
    expect(seededRandom(6)()).not.toBe(drawn[0]);
  });
});
