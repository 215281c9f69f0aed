import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { type Executors, ManualClock } from '@stateful-route/core';
import { describeExecutors, type ExecutorsSubject } from '@stateful-route/testkit/conformance';
import { describeModel } from '@stateful-route/testkit/model';
import { describe, expect, it } from 'vitest';
import { firstFailure } from './collect.ts';
import { callMutants } from './mutants/call-mutants.ts';
import { claimMutants } from './mutants/claim-mutants.ts';
import { feedMutants } from './mutants/feed-mutants.ts';
import { linkMutants } from './mutants/link-mutants.ts';
import { podMutants } from './mutants/pod-mutants.ts';

const mutants = [...linkMutants, ...claimMutants, ...podMutants, ...feedMutants, ...callMutants];

function subject(broken: (executors: Executors) => Executors): ExecutorsSubject {
  const clock = new ManualClock();
  const executors = broken(createMemoryExecutors({ clock }));
  return { executors, advance: (ms) => clock.advance(ms), close: () => executors.close() };
}

function conformance(broken: (executors: Executors) => Executors): Promise<string | undefined> {
  return firstFailure((framework) =>
    describeExecutors(framework, {
      name: 'mutant',
      capabilities: { clock: 'manual' },
      create: () => subject(broken),
    }),
  );
}

function model(broken: (executors: Executors) => Executors): Promise<string | undefined> {
  return firstFailure((framework) =>
    describeModel(framework, { name: 'mutant', create: () => subject(broken), seed: 7 }),
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
