import { strategies, type StrategyName } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { agendaOf } from '../../src/simulation/agenda.ts';
import { synthetic, type Twist } from '../../src/simulation/scenarios.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { type Trial, trialsOf } from '../../src/simulation/trial.ts';

const making = { seed: 1, periods: 3 };

function trial(name: StrategyName, twist: Twist = {}): Trial {
  return trialsOf(synthetic(twist, making), [name], making.seed).get(name)!;
}

function placed(seed: number): readonly number[] {
  const scenario = synthetic({ usersLeave: true }, { seed, periods: 1 });
  return simulate({
    scenario,
    agenda: agendaOf(scenario),
    strategy: strategies['power-of-two'],
    seed,
  });
}

describe('a simulation', () => {
  it('places the same users on the same pods for the same seed, and on others for another', () => {
    expect(placed(7)).toEqual(placed(7));
    expect(placed(7)).not.toEqual(placed(8));
  });

  it('links every user that comes', () => {
    const scenario = synthetic({}, making);
    const { timeline } = trial('random');
    const users = timeline.users.at(-1)!.reduce((sum, count) => sum + count, 0);
    expect(users).toBe(scenario.arrivals.length);
    // 2,000 a second for three periods of 5 s
    expect(users).toBeGreaterThan(29_000);
    expect(users).toBeLessThan(31_000);
  });

  it('lets users leave', () => {
    const { timeline } = trial('random', { usersLeave: true });
    const came = timeline.came.flat().reduce((sum, count) => sum + count, 0);
    const stayed = timeline.users.at(-1)!.reduce((sum, count) => sum + count, 0);
    expect(stayed).toBeLessThan(came * 0.8);
    expect(stayed).toBeGreaterThan(came * 0.5);
  });
});

describe('the least loaded pod by stale loads', () => {
  it('gets all users where nobody counts', () => {
    expect(trial('least-loaded', { counting: false }).peak).toBeGreaterThan(10);
  });

  it('gets a part of them where each caller counts only itself', () => {
    const { peak } = trial('least-loaded', { routingPeers: 1 });
    expect(peak).toBeGreaterThan(2);
    expect(peak).toBeLessThan(10);
  });

  it('gets its share where callers count each other', () => {
    expect(trial('least-loaded').peak).toBeLessThan(1.05);
  });
});

describe('the default strategy', () => {
  it('spreads new users evenly between two heartbeats', () => {
    expect(trial('power-of-two').peak).toBeLessThan(1.05);
  });

  it('does so too where nothing is configured, as callers count themselves', () => {
    expect(trial('power-of-two', { routingPeers: 'counted' }).peak).toBeLessThan(1.05);
    expect(trial('power-of-two', { routingPeers: 1 }).peak).toBeGreaterThan(1.3);
  });

  it('does so too where callers read reports seconds late', () => {
    expect(trial('power-of-two', { refreshMs: 5_000 }).peak).toBeLessThan(1.05);
  });

  it('fills unequal pods alike', () => {
    expect(trial('power-of-two', { unequalPods: true }).load).toBeLessThan(1.05);
    expect(trial('random', { unequalPods: true }).load).toBeGreaterThan(1.3);
  });
});
