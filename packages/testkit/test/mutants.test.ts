import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { describeExecutors, type ExecutorsSubject } from '@stateful-route/testkit/conformance';
import { describeModel } from '@stateful-route/testkit/model';
import { describe, expect, it } from 'vitest';
import { firstFailure } from './collect.ts';
import { callMutants } from './mutants/call-mutants.ts';
import { beatMutants } from './mutants/beat-mutants.ts';
import { claimMutants } from './mutants/claim-mutants.ts';
import { conditionMutants } from './mutants/condition-mutants.ts';
import { directoryMutants } from './mutants/directory-mutants.ts';
import { epochMutants } from './mutants/epoch-mutants.ts';
import { feedMutants } from './mutants/feed-mutants.ts';
import { fleetMutants } from './mutants/fleet-mutants.ts';
import { linkMutants } from './mutants/link-mutants.ts';
import { podMutants } from './mutants/pod-mutants.ts';
import { rosterMutants } from './mutants/roster-mutants.ts';

const mutants = [
  ...linkMutants,
  ...claimMutants,
  ...conditionMutants,
  ...podMutants,
  ...beatMutants,
  ...directoryMutants,
  ...feedMutants,
  ...fleetMutants,
  ...rosterMutants,
  ...epochMutants,
  ...callMutants,
];

function subject(broken: (executors: Executors) => Executors): ExecutorsSubject {
  const clock = new ManualClock();
  const { faults, ...intact } = createMemoryExecutors({ clock });
  const executors = broken(intact);
  return {
    executors,
    advance: (ms) => clock.advance(ms),
    restart: async () => faults.restart(),
    raw: {
      setIntent: async (...args) => faults.setRawIntent(...args),
      setWord: async (...args) => faults.setWordAsOtherSide(...args),
      removeLink: async (...args) => faults.removeAsOtherSide(...args),
      setClaim: async (...args) => faults.setAsOtherSide(...args),
    },
    close: () => executors.close(),
  };
}

function conformance(broken: (executors: Executors) => Executors): Promise<string | undefined> {
  return firstFailure((framework) =>
    describeExecutors(framework, {
      name: 'mutant',
      capabilities: { clock: 'manual', restarts: true, rawWrites: true },
      create: () => subject(broken),
    }),
  );
}

function model(broken: (executors: Executors) => Executors): Promise<string | undefined> {
  return firstFailure((framework) =>
    describeModel(framework, { name: 'mutant', create: () => subject(broken), seed: 7, runs: 6_000 }),
  );
}

const intact = (executors: Executors): Executors => executors;

describe('an adapter with one rule broken', { timeout: 60_000 }, () => {
  it('each breaks another rule', () => {
    expect(new Set(mutants.map((mutant) => mutant.rule)).size).toBe(mutants.length);
  });

  it('passes the suite and the model when nothing is broken', async () => {
    expect(await conformance(intact)).toBeUndefined();
    expect(await model(intact)).toBeUndefined();
  });

  it.for(mutants)('fails the suite: $rule', async ({ broken }) => {
    expect(await conformance(broken)).toEqual(expect.any(String));
  });

  it.for(mutants.filter((mutant) => mutant.model))('fails the model: $rule', async ({ broken }) => {
    expect(await model(broken)).toEqual(expect.any(String));
  });
});
