import { describe, expect, it } from 'vitest';
import { stepClaim } from '@stateful-route/core/adapter';
import { brokenMachines } from './explorer/broken-machines.ts';
import { explore } from './explorer/explore.ts';

const END = Number.POSITIVE_INFINITY;

describe('the machine of a claim, with two pods, one of them in two runs, and one user', () => {
  it.each([
    { budget: { asked: 3, disturbed: 0, lost: 1 }, depthMax: END },
    { budget: { asked: 2, disturbed: 0, lost: 2 }, depthMax: END },
    { budget: { asked: 2, disturbed: 1, lost: 0 }, depthMax: END },
    { budget: { asked: 1, disturbed: 1, lost: 2 }, depthMax: END },
    { budget: { asked: 2, disturbed: 1, lost: 1 }, depthMax: 6 },
    { budget: { asked: 4, disturbed: 4, lost: 4 }, depthMax: 4 },
  ])(
    'keeps every promise in every order of $budget.asked operations, $budget.disturbed disturbances and $budget.lost lost replies',
    ({ budget, depthMax }) => {
      const { depth, states, wrong } = explore(stepClaim, budget, depthMax);
      console.log(`${JSON.stringify(budget)}: ${states} states, complete to a depth of ${depth}`);
      expect(wrong).toBeUndefined();
      expect(states).toBeGreaterThan(1_000);
    },
  );

  it.each(Object.entries(brokenMachines))('finds the fault: %s', (_, step) => {
    const budgets = [
      { asked: 2, disturbed: 0, lost: 1 },
      { asked: 1, disturbed: 1, lost: 1 },
      { asked: 2, disturbed: 1, lost: 0 },
    ];
    expect(budgets.some((budget) => explore(step, budget).wrong !== undefined)).toBe(true);
  });
});
