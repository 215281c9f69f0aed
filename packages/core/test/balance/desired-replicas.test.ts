import type { ReplicaTarget, StatefulServiceState } from '@stateful-route/core';
import { type DesiredReplicas, desiredReplicas, type ReplicaState } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOW, pod, reading } from '../pod.ts';

const PERIOD_MS = 5_000;

/** A service asked in periods. */
class Asked {
  state: ReplicaState | undefined;
  now = NOW;

  ask(
    users: readonly number[],
    target: ReplicaTarget,
    fields: Partial<StatefulServiceState> = {},
  ): DesiredReplicas {
    this.now += PERIOD_MS;
    const states = users.map((count, podId) =>
      pod({ podId, users: count, loadState: count, updateTime: this.now, ...fields }),
    );
    const answer = desiredReplicas(this.state, { ...reading(states), storeTime: this.now }, target);
    this.state = answer.state;
    return answer;
  }
}

describe('desiredReplicas', () => {
  it('asks for more pods at once, by load or by users, whichever needs more', () => {
    expect(new Asked().ask([50, 50], { usersPerPod: 25 })).toMatchObject({ replicas: 4, why: 'target' });
    expect(new Asked().ask([50, 50], { usersPerPod: 50, loadPerPod: 21 })).toMatchObject({ replicas: 5 });
  });

  it('leaves the number as it is while it is about right', () => {
    const users = Array.from({ length: 20 }, () => 10);
    expect(new Asked().ask(users, { usersPerPod: 9.1 })).toMatchObject({
      replicas: 20,
      why: 'within tolerance',
    });
    expect(new Asked().ask(users, { usersPerPod: 9 })).toMatchObject({ replicas: 23 });
    expect(new Asked().ask(users, { usersPerPod: 9, tolerance: 0.2 })).toMatchObject({ replicas: 20 });
  });

  it('asks for fewer only if more were not needed for five minutes', () => {
    const service = new Asked();
    const answers = Array.from({ length: 70 }, () => service.ask([1, 1, 1, 1], { usersPerPod: 2 }));
    expect(answers.findIndex(({ replicas }) => replicas === 2)).toBe(61);
    expect(answers[60]).toMatchObject({ replicas: 4, why: 'needed lately' });
    service.ask([4, 4, 0, 0], { usersPerPod: 2 });
    const later = Array.from({ length: 60 }, () => service.ask([1, 1, 1, 1], { usersPerPod: 2 }).replicas);
    expect(new Set(later)).toEqual(new Set([4]));
  });

  it('never asks for so few that they cannot carry the users', () => {
    const service = new Asked();
    for (let period = 0; period < 70; period++)
      service.ask([9, 9, 9, 9], { usersPerPod: 40 }, { maxUsers: 13 });
    expect(service.ask([9, 9, 9, 9], { usersPerPod: 40 }, { maxUsers: 13 })).toMatchObject({
      replicas: 3,
      why: 'carries the users',
    });
  });

  it('keeps to the least and the most', () => {
    expect(new Asked().ask([], { usersPerPod: 10, min: 2 })).toMatchObject({ replicas: 2, why: 'min' });
    expect(new Asked().ask([500], { usersPerPod: 10, max: 7 })).toMatchObject({ replicas: 7, why: 'max' });
  });

  it('lets no pod go while the store may not know all of them', () => {
    const before = { replicas: 4, asked: [] };
    const silent = [0, 1, 2].map((podId) => pod({ podId, users: 1, updateTime: NOW - 11_000 }));
    expect(desiredReplicas(before, reading(silent), { usersPerPod: 10 })).toMatchObject({
      replicas: 4,
      why: 'unsure',
    });
    const young = reading([pod({ users: 1 })], NOW - 1_000);
    expect(desiredReplicas(before, young, { usersPerPod: 10 })).toMatchObject({ replicas: 4, why: 'unsure' });
  });

  it('goes down only to what was enough for five minutes, whatever the loads', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(400), { minLength: 20, maxLength: 120 }),
        fc.integer({ min: 1, max: 50 }),
        (loads, usersPerPod) => {
          const service = new Asked();
          const answers = loads.map((users) => service.ask([users, 0, 0], { usersPerPod }).replicas);
          for (const [at, replicas] of answers.entries()) {
            if (at === 0 || replicas >= answers[at - 1]!) continue;
            for (const users of loads.slice(Math.max(0, at - 59), at + 1)) {
              expect(users / usersPerPod).toBeLessThanOrEqual(replicas * 1.1);
            }
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
