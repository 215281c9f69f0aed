import {
  type SelectionContext,
  type SelectionStrategy,
  Snapshot,
  type StatefulServiceState,
  strategies,
} from '@stateful-route/core';
import { filtersOf } from '@stateful-route/core/adapter';
import { ManualClock, seededRandom } from '@stateful-route/core/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveConfig, type RouteConfigInput } from '../../src/index.ts';
import { Placements } from '../../src/service/placements.ts';

const clock = new ManualClock();
const STORE_TIME = 1_000_000;

function pod(podId: number, more: Partial<StatefulServiceState> = {}): StatefulServiceState {
  return {
    podId,
    state: 'READY',
    routingState: 'READY',
    loadState: 0,
    updateTime: STORE_TIME,
    metadata: {},
    ...more,
  };
}

function snapshot(...pods: readonly StatefulServiceState[]): Snapshot {
  const byPodId = new Map(pods.map((each) => [each.podId, each]));
  return new Snapshot({ storeTime: STORE_TIME, since: 0, epoch: 1, pods: byPodId }, clock);
}

function picker(
  config: RouteConfigInput = {},
  strategy: SelectionStrategy = strategies['least-loaded'],
  seed = 1,
): Placements {
  return new Placements({ strategy, random: seededRandom(seed), config: resolveConfig(config) });
}

/** A strategy that notes what it is shown, and takes the first pod. */
function recording(): {
  seen: { loads: number[]; context: SelectionContext }[];
  strategy: SelectionStrategy;
} {
  const seen: { loads: number[]; context: SelectionContext }[] = [];
  return {
    seen,
    strategy: {
      pick: (pods, context) => {
        seen.push({ loads: pods.map(({ loadState }) => loadState), context });
        return pods[0];
      },
    },
  };
}

describe('a placement', () => {
  it.each([
    ['1 where nobody says otherwise', {}, {}, 1],
    ['what the pod says that a user adds', {}, { loadPerUser: 0.3 }, 0.3],
    ['that times the number of callers', { routingPeers: 4 }, { loadPerUser: 0.5 }, 2],
    ['nothing where a user adds nothing', { routingPeers: 4 }, { loadPerUser: 0 }, 0],
  ])('adds to the load of its pod %s', (_what, config, report, added) => {
    const { seen, strategy } = recording();
    const picks = picker(config, strategy);
    const pods = snapshot(pod(0, { loadState: 10, ...report }), pod(1));
    picks.pick(pods);
    picks.place(0);
    picks.pick(pods);
    expect(seen.map(({ loads }) => loads)).toEqual([
      [10, 0],
      [10 + added, 0],
    ]);
  });

  it('is forgotten with a newer report of its pod, and with no other', () => {
    const { seen, strategy } = recording();
    const picks = picker({}, strategy);
    picks.pick(snapshot(pod(0), pod(1)));
    picks.place(0);
    picks.place(1);
    const later = STORE_TIME + 1;
    picks.pick(snapshot(pod(0, { updateTime: later, loadState: 0.5 }), pod(1)));
    expect(seen.at(-1)!.loads).toEqual([0.5, 1]);
  });

  it('is remembered although its pod was away for a moment of the same report', () => {
    const { seen, strategy } = recording();
    const picks = picker({}, strategy);
    picks.pick(snapshot(pod(0), pod(1)));
    picks.place(1);
    picks.pick(snapshot(pod(0), pod(1), pod(2)));
    expect(seen.at(-1)!.loads).toEqual([0, 1, 0]);
  });

  it('can be taken back once it turned out to be none', () => {
    const { seen, strategy } = recording();
    const picks = picker({}, strategy);
    const pods = snapshot(pod(0), pod(1));
    picks.pick(pods);
    const undo = picks.place(0);
    picks.place(0);
    undo();
    picks.pick(pods);
    expect(seen.at(-1)).toMatchObject({ loads: [1, 0], context: { placements: 1 } });
  });

  it('taken back after a newer report takes nothing from that', () => {
    const { seen, strategy } = recording();
    const picks = picker({}, strategy);
    picks.pick(snapshot(pod(0)));
    const undo = picks.place(0);
    const newer = snapshot(pod(0, { updateTime: STORE_TIME + 1, loadState: 7 }));
    picks.pick(newer);
    undo();
    picks.pick(newer);
    expect(seen.at(-1)!.loads).toEqual([7]);
  });

  describe('and a report that is read late', () => {
    const period = { updatePeriodMs: 5_000, loadPerUser: 1 };

    /** Places a user on pod 0 at the second, and another at the fourth, and then reads a report. */
    async function placedTwice(report: Partial<StatefulServiceState>, readAt = STORE_TIME + 4_500) {
      const time = new ManualClock();
      const { seen, strategy } = recording();
      const picks = picker({ routingPeers: 3 }, strategy);
      const read = (storeTime: number, ...pods: readonly StatefulServiceState[]): Snapshot =>
        new Snapshot(
          { storeTime, since: 0, epoch: 1, pods: new Map(pods.map((each) => [each.podId, each])) },
          time,
        );
      picks.pick(read(STORE_TIME, pod(0, period)));
      await time.advance(2_000);
      picks.place(0);
      await time.advance(2_000);
      const undo = picks.place(0);
      await time.advance(500);
      const late = read(readAt, pod(0, { ...period, ...report }));
      const load = (): number => {
        picks.pick(late);
        return seen.at(-1)!.loads[0]!;
      };
      return { load, undo };
    }

    it('stays counted where the report is older', async () => {
      const { load } = await placedTwice({ updateTime: STORE_TIME + 3_000, loadState: 10 });
      expect(load()).toBe(13);
    });

    it('is forgotten where the report is younger', async () => {
      const { load } = await placedTwice({ updateTime: STORE_TIME + 4_400, loadState: 10 });
      expect(load()).toBe(10);
    });

    it('is forgotten where the clock of the store went back', async () => {
      const { load } = await placedTwice(
        { updateTime: STORE_TIME - 60_000, loadState: 10 },
        STORE_TIME - 59_000,
      );
      expect(load()).toBe(10);
    });

    it('can be taken back, before the report is read and after', async () => {
      const before = await placedTwice({ updateTime: STORE_TIME + 3_000, loadState: 10 });
      before.undo();
      expect(before.load()).toBe(10);
      const after = await placedTwice({ updateTime: STORE_TIME + 3_000, loadState: 10 });
      after.load();
      after.undo();
      expect(after.load()).toBe(10);
    });
  });

  it('is never forgotten of a pod that is known by a bare word', () => {
    const { seen, strategy } = recording();
    const picks = picker({}, strategy);
    for (let read = 0; read < 3; read++) {
      picks.pick(snapshot(pod(0, { updateTime: undefined })));
      picks.place(0);
    }
    picks.pick(snapshot(pod(0, { updateTime: undefined })));
    expect(seen.at(-1)!.loads).toEqual([3]);
  });

  it('leaves the entries of the snapshot as they are', () => {
    const picks = picker();
    const pods = snapshot(pod(0), pod(1));
    for (let placed = 0; placed < 5; placed++) picks.place(picks.pick(pods)!);
    expect([...pods.pods.values()].map(({ loadState }) => loadState)).toEqual([0, 0]);
  });
});

describe('a pick', () => {
  it('changes nothing', () => {
    const { seen, strategy } = recording();
    const picks = picker({}, strategy);
    const pods = snapshot(pod(0), pod(1));
    for (let asked = 0; asked < 5; asked++) picks.pick(pods);
    for (const { loads, context } of seen) {
      expect(loads).toEqual([0, 0]);
      expect(context.placements).toBe(0);
    }
  });

  it('hands the strategy the user, the number of callers and a random source', () => {
    const { seen, strategy } = recording();
    picker({ routingPeers: 3 }, strategy).pick(snapshot(pod(0)), 'ada');
    expect(seen[0]!.context).toMatchObject({ uid: 'ada', peers: 3 });
    const drawn = seen[0]!.context.random();
    expect(drawn).toBeGreaterThanOrEqual(0);
    expect(drawn).toBeLessThan(1);
  });

  it('offers only routable pods, by ascending ordinal', () => {
    const offered: number[][] = [];
    const strategy: SelectionStrategy = {
      pick: (pods) => {
        offered.push(pods.map(({ podId }) => podId));
        return pods[0];
      },
    };
    const picks = picker({ excludePods: [3] }, strategy);
    const pods = snapshot(
      pod(0, { routingState: 'DENY_NEW_CALL' }),
      pod(1),
      pod(2, { state: 'NOT_READY' }),
      pod(3),
      pod(4, { updateTime: STORE_TIME - 75_001 }),
      pod(5),
    );
    expect(picks.pick(pods)).toBe(1);
    expect(offered).toEqual([[1, 5]]);
  });

  it('finds no pod if none is routable', () => {
    expect(picker().pick(snapshot())).toBeUndefined();
    expect(picker().pick(snapshot(pod(0, { routingState: 'SHUTDOWN' })))).toBeUndefined();
  });

  it('gives every caller the same pod for a user, if users are hashed', () => {
    const pods = snapshot(pod(0), pod(1), pod(2), pod(3));
    const [one, other] = [1, 2].map((seed) => picker({}, strategies.rendezvous, seed));
    const chosen = new Set<number | undefined>();
    for (let user = 0; user < 50; user++) {
      const uid = `user-${user}`;
      const podId = one!.pick(pods, uid);
      expect(other!.pick(pods, uid)).toBe(podId);
      chosen.add(podId);
    }
    expect(chosen.size).toBe(4);
  });
});

describe('free places', () => {
  it('are those of the last report, less the users placed since, until they are taken back', () => {
    const picks = picker({}, strategies['least-loaded']);
    const pods = snapshot(pod(0, { users: 3, maxUsers: 5 }), pod(1, { users: 9, loadState: 9 }));
    const placed = (): number | undefined => {
      const podId = picks.pick(pods);
      picks.place(podId!);
      return podId;
    };
    const free = (): (number | undefined)[] =>
      picks.consider(pods, 'ada').pods.map(({ freePlaces }) => freePlaces);
    expect(free()).toEqual([2, undefined]);
    const undo = picks.place(picks.pick(pods)!);
    expect([free(), placed(), placed()]).toEqual([[1, undefined], 0, 1]);
    expect(free()).toEqual([0, undefined]);
    undo();
    expect([free(), placed(), placed()]).toEqual([[1, undefined], 0, 1]);
    const later = snapshot(pod(0, { users: 3, maxUsers: 5, updateTime: STORE_TIME + 1 }));
    expect(picks.consider(later, 'ada').pods[0]).toMatchObject({ freePlaces: 2 });
  });

  it('are never given to more users than there are', () => {
    const limits = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(limits, fc.constantFrom(...Object.values(strategies)), (maxUsers, strategy) => {
        const picks = picker({}, strategy);
        const pods = snapshot(...maxUsers.map((max, podId) => pod(podId, { users: 0, maxUsers: max })));
        const placed = maxUsers.map(() => 0);
        for (let podId = picks.pick(pods, 'a'); podId !== undefined; podId = picks.pick(pods, 'a')) {
          picks.place(podId);
          placed[podId]! += 1;
        }
        expect(placed).toEqual(maxUsers);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('explaining a pick', () => {
  it('tells the pod that would be picked, whatever was placed and whatever the filters', () => {
    const pods = fc.array(
      fc.record({
        loadState: fc.nat({ max: 9 }),
        users: fc.nat({ max: 4 }),
        maxUsers: fc.constantFrom(undefined, 3, 4),
        revision: fc.constantFrom('v1', 'v2'),
        zone: fc.constantFrom('a', 'b'),
        incarnation: fc.constantFrom('10.run.0', `${STORE_TIME}.run.0`),
        routingState: fc.constantFrom('READY' as const, 'READY' as const, 'DENY_NEW_CALL' as const),
      }),
      { minLength: 1, maxLength: 8 },
    );
    const filters = fc.record({
      zone: fc.constantFrom(undefined, { required: true }, { minCandidates: 1 }),
      labels: fc.constantFrom(undefined, { required: false }),
    });
    const how = fc.record({
      strategy: fc.constantFrom(...Object.values(strategies)),
      placed: fc.array(fc.nat({ max: 7 })),
      pin: fc.option(fc.nat({ max: 8 }), { nil: undefined }),
      needs: fc.constantFrom(undefined, { zone: 'b' }),
      zone: fc.constantFrom(undefined, 'a', 'b'),
      overloadedAt: fc.constantFrom(undefined, 5),
    });
    fc.assert(
      fc.property(
        pods,
        filters,
        how,
        (states, settings, { strategy, placed, pin, needs, zone, overloadedAt }) => {
          const [one, other] = [1, 2].map(() => {
            const policy = { filters: filtersOf(settings), placement: () => ({ labels: needs }), zone };
            const config = resolveConfig({ overloadedAt });
            return new Placements({ ...policy, strategy, random: seededRandom(7), config });
          });
          const read = snapshot(
            ...states.map(({ zone: at, ...state }, podId) =>
              pod(podId, { ...state, metadata: { zone: at } }),
            ),
          );
          for (const picks of [one!, other!]) {
            picks.pick(read);
            for (const podId of placed) picks.place(podId);
          }
          const picked = one!.pick(read, 'ada', { pin });
          const considered = other!.consider(read, 'ada', { pin });
          expect(considered.picked).toBe(picked);
          const candidates = considered.pods.filter(({ filteredBy }) => filteredBy === undefined);
          if (picked === undefined) expect(candidates).toEqual([]);
          else expect(candidates.map((each) => each.pod.podId)).toContain(picked);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('many callers that read the same loads', () => {
  it('do not pile onto the pod that is the least loaded', () => {
    const callers = Array.from({ length: 5 }, (_, seed) =>
      picker({ routingPeers: 5 }, strategies['least-loaded'], seed),
    );
    const loads = [20, 0, 0].map((loadState, podId) => pod(podId, { loadState }));
    const pods = snapshot(...loads);
    const placed = [0, 0, 0];
    for (let round = 0; round < 12; round++) {
      for (const picks of callers) {
        const podId = picks.pick(pods)!;
        picks.place(podId);
        placed[podId]! += 1;
      }
    }
    // 60 users on 20, 0 and 0: level is at 26 to 27 each.
    const totals = placed.map((users, podId) => users + loads[podId]!.loadState);
    for (const total of totals) expect(Math.abs(total - 80 / 3)).toBeLessThanOrEqual(6);
  });
});
