import { seededRandom } from '@stateful-route/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Findings, isMet } from '../src/benchmark.ts';
import { fleet } from '../src/benchmarks/fleet.ts';
import { budgetSeconds, churning, flapping, play, skew } from '../src/fleet/fleet-scripts.ts';
import { movesWhileSteady } from '../src/fleet/large-fleets.ts';
import { innocentQuarantined, podsLostToPoison } from '../src/fleet/poison.ts';
import { leastMoves, randomPods } from '../src/fleet/random-fleets.ts';
import { SimulatedFleet } from '../src/fleet/simulated-fleet.ts';

describe('a simulated fleet', () => {
  const settled = randomPods(seededRandom(1), { pods: 4, users: 50 });
  const users = settled.flat().length;
  const played = (rebalance: boolean): readonly number[] => {
    const simulated = new SimulatedFleet({ random: seededRandom(2), rebalance });
    return play(simulated, skew(settled, 1, 1.6, 1_200, new Map()));
  };

  it('stays as uneven as it is without rebalancing, and becomes even with it', () => {
    expect(played(false).at(-1)).toBeGreaterThan(1.3);
    expect(played(true).at(-1)).toBeLessThan(1.1);
  });

  it('is the same for the same seed', () => {
    expect(played(true)).toEqual(played(true));
  });

  it('loses nobody, whatever dies', () => {
    const simulated = new SimulatedFleet({ random: seededRandom(3), rebalance: true });
    play(simulated, flapping(settled, 2, 600, new Map()));
    for (let second = 0; second < 60; second++) simulated.tick();
    const left = [...simulated.pods.values()].reduce((sum, pod) => sum + pod.users.size, 0);
    expect(left).toBe(users);
    expect(simulated.moves['take-over']).toBeGreaterThan(0);
  });

  it('has about as many users as come and stay', () => {
    const simulated = new SimulatedFleet({ random: seededRandom(4), rebalance: true });
    const arrivals = churning({ users, seconds: 600, staySeconds: 100, random: seededRandom(5) });
    play(simulated, { ...skew(settled, 1, 1, 600, arrivals) });
    const left = [...simulated.pods.values()].reduce((sum, pod) => sum + pod.users.size, 0);
    // Those who were there at the beginning stay.
    expect(left).toBeGreaterThan(1.6 * users);
    expect(left).toBeLessThan(2.4 * users);
  });
});

describe('a user who kills whoever opens him', () => {
  it.each([[[16_000, 20_000]], [[16_000, 60_000]], [[60_000, 120_000]], [[3_600_000, 3_600_000]]] as const)(
    'kills three of 20 pods, which start again after %s ms',
    (restartMs) => {
      const lost = Array.from({ length: 100 }, (_, seed) => podsLostToPoison(seededRandom(seed), restartMs));
      expect(new Set(lost)).toEqual(new Set([3]));
    },
  );
});

describe('three crashes of all pods', () => {
  it('quarantine nobody', () => {
    for (let seed = 0; seed < 100; seed++) expect(innocentQuarantined(seededRandom(seed))).toBe(0);
  });
});

describe('leastMoves', () => {
  it('fills empty pods up to 90 % of the mean, and empties full ones down to 110 %', () => {
    expect(leastMoves([200, 200], 4)).toBe(180);
    expect(leastMoves([150, 90, 90, 90, 80], 5)).toBe(40);
    expect(leastMoves([100, 100], 2)).toBe(0);
  });
});

describe('budgetSeconds', () => {
  it('is the time of the moves at 5 % a minute, at least one user, and what the planner takes to begin', () => {
    expect(budgetSeconds(50, 1_000)).toBe(150);
    expect(budgetSeconds(2, 10)).toBe(210);
  });
});

describe('even fleets', () => {
  it('move nobody', () => {
    expect(movesWhileSteady(10, 2, seededRandom(6))).toBe(0);
  });
});

describe('the benchmark of fleets', () => {
  let found: Findings;

  beforeAll(async () => {
    found = await fleet.run({ seed: 5, rounds: 1, scale: 0.01, say: () => {} });
  }, 120_000);

  it('meets every goal but that of the time, which only a quiet machine can', () => {
    const missed = found.metrics.filter((metric) => !isMet(metric)).map(({ name }) => name);
    expect(missed.filter((name) => name !== 'plannerMs1000')).toEqual([]);
    expect(found.metrics.every(({ goal }) => goal)).toBe(true);
  });

  it('shows each case kept even and not', () => {
    const plots = found.figures!.filter((figure) => figure.kind === 'plot');
    expect(plots).toHaveLength(4);
    for (const { lines } of plots) {
      expect(lines.map(({ label }) => label)).toEqual(['kept even', 'no rebalancing']);
      for (const { points } of lines) expect(points).toHaveLength(1_500);
    }
  });

  it('has whole rows', () => {
    const tables = found.figures!.filter((figure) => figure.kind === 'table');
    const ragged = tables.filter(({ rows, columns }) => rows.some((row) => row.length !== columns.length));
    expect(tables).toHaveLength(3);
    expect(ragged).toEqual([]);
  });
});
