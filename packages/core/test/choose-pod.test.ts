import { strategies, type PlacementContext, type StrategyName } from '@stateful-route/core';
import {
  type AppliedFilter,
  type Candidate,
  choosePod,
  filtersOf,
  type PlacementRules,
  type PlacementTrace,
} from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pod } from './pod.ts';

const zones = ['a', 'b', 'c'];
const revisions = [undefined, 'old', 'new'];

interface Case {
  readonly candidates: readonly Candidate[];
  readonly rules: PlacementRules;
  readonly context: PlacementContext;
  readonly unreachable: ReadonlySet<number>;
}

const terms = fc.record(
  { required: fc.boolean(), minCandidates: fc.integer({ min: 1, max: 4 }) },
  { requiredKeys: [] },
);
const setting = fc.oneof(fc.constant(false as const), fc.constant(undefined), terms);

const cases: fc.Arbitrary<Case> = fc
  .record({
    pods: fc.array(
      fc.record({
        loadState: fc.integer({ min: 0, max: 20 }),
        freePlaces: fc.constantFrom(-1, 0, 1, 2, Number.POSITIVE_INFINITY),
        zone: fc.constantFrom(...zones),
        gpu: fc.constantFrom('0', '1'),
        revision: fc.constantFrom(...revisions),
      }),
      { maxLength: 12 },
    ),
    filters: fc.record({ labels: setting, zone: setting, pinned: setting, newestRevision: setting }),
    own: fc.option(terms, { nil: undefined }),
    labels: fc.constantFrom<Record<string, string> | undefined>(
      undefined,
      { gpu: '1' },
      { gpu: '1', zone: 'a' },
      { tier: 'gold' },
    ),
    zone: fc.constantFrom(undefined, ...zones),
    pin: fc.option(fc.nat({ max: 12 }), { nil: undefined }),
    newest: fc.constantFrom(undefined, 'new'),
    strategy: fc.constantFrom(...(Object.keys(strategies) as StrategyName[])),
    overloadedAt: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
    rejectWhenOverloaded: fc.boolean(),
    unreachable: fc.uniqueArray(fc.nat({ max: 11 })),
    placements: fc.nat(),
  })
  .map(({ pods, filters, own, strategy, unreachable, overloadedAt, rejectWhenOverloaded, ...user }) => ({
    candidates: pods.map(({ loadState, freePlaces, zone, gpu, revision }, podId) => {
      const state = pod({ podId, loadState, metadata: { zone, gpu }, revision });
      return { podId, loadState, metadata: state.metadata, pod: state, freePlaces };
    }),
    rules: {
      filters: filtersOf({
        ...filters,
        ...(own && { even: { ...own, accepts: ({ podId }) => podId % 2 === 0 } }),
      }),
      strategy: strategies[strategy],
      overloadedAt,
      rejectWhenOverloaded,
    },
    context: { ...user, uid: 'ada', random: () => 0, peers: 1 },
    unreachable: new Set(unreachable),
  }));

function newTrace(): PlacementTrace {
  return {
    filteredBy: new Map(),
    notPreferredBy: new Map(),
    filters: [],
    strategy: strategies.random,
  };
}

/** Picks with the same chance, with a trace or without. */
function choose(
  { candidates, rules, context, unreachable }: Case,
  trace?: PlacementTrace,
): number | undefined {
  const groups = <Pod extends { readonly podId: number }>(pods: readonly Pod[]): (readonly Pod[])[] => {
    const reached = pods.filter(({ podId }) => !unreachable.has(podId));
    return reached.length > 0 ? [reached] : pods.map((one) => [one]);
  };
  const seeded = { ...context, random: seededRandom(1) };
  return choosePod(candidates, rules, seeded, { groups, trace })?.podId;
}

function concerns({ needs }: AppliedFilter, { candidates, context }: Case): boolean {
  if (needs !== 'pin') return needs === undefined || context[needs] !== undefined;
  // A pin counts while its pod takes users.
  return candidates.some(({ podId, freePlaces }) => podId === context.pin && freePlaces > 0);
}

/** Runs a property often; a fleet of runs is a matter of a second. */
function always(property: (one: Case) => void): void {
  fc.assert(fc.property(cases, property), { numRuns: 5_000 });
}

describe('choosePod', () => {
  it('never picks a full pod, nor one that a required filter refuses', () => {
    always((one) => {
      const picked = one.candidates.find(({ podId }) => podId === choose(one));
      if (!picked) return;
      expect(picked.freePlaces).toBeGreaterThan(0);
      for (const filter of one.rules.filters) {
        if (!filter.required || !concerns(filter, one)) continue;
        expect([filter.name, filter.accepts(picked.pod, one.context)]).toEqual([filter.name, true]);
      }
    });
  });

  it('picks nobody only if no reachable pod has a place that the rules allow', () => {
    always((one) => {
      if (choose(one) !== undefined) return;
      const { overloadedAt = Number.POSITIVE_INFINITY, rejectWhenOverloaded, filters } = one.rules;
      const accepted = one.candidates.filter((each) =>
        filters.every(
          (filter) => !filter.required || !concerns(filter, one) || filter.accepts(each.pod, one.context),
        ),
      );
      const reached = accepted.filter(({ podId }) => !one.unreachable.has(podId));
      const left = (reached.length > 0 ? reached : accepted).filter(
        ({ freePlaces, loadState }) => freePlaces > 0 && (!rejectWhenOverloaded || loadState < overloadedAt),
      );
      expect(left).toEqual([]);
    });
  });

  it('lets a preferred filter count exactly where it leaves minCandidates pods', () => {
    always((one) => {
      const trace = newTrace();
      const podId = choose(one, trace);
      const picked = one.candidates.find((each) => each.podId === podId);
      for (const { name, required, counts, accepted, minCandidates } of trace.filters) {
        if (required) continue;
        expect(counts).toBe(accepted >= minCandidates!);
        const filter = one.rules.filters.find((each) => each.name === name)!;
        if (counts && picked) expect(filter.accepts(picked.pod, one.context)).toBe(true);
      }
    });
  });

  it('says of every pod that it leaves out what did it, and picks the same as without saying it', () => {
    always((one) => {
      const trace = newTrace();
      const podId = choose(one, trace);
      expect(choose(one)).toBe(podId);
      if (podId !== undefined) expect(trace.filteredBy.has(podId)).toBe(false);
      for (const { podId: each, freePlaces, pod: state } of one.candidates) {
        const by = trace.filteredBy.get(each);
        if (by === undefined) expect(freePlaces).toBeGreaterThan(0);
        const filter = one.rules.filters.find(({ name }) => name === by);
        if (filter) expect(filter.accepts(state, one.context)).toBe(false);
      }
    });
  });

  it.each<[string, Partial<PlacementContext>, readonly Partial<Candidate['pod']>[], number | undefined]>([
    ['the labels that a user needs', { labels: { gpu: '1' } }, [{}, { metadata: { gpu: '1' } }], 1],
    ['nobody without them', { labels: { gpu: '1' } }, [{}, { metadata: { gpu: '2' } }], undefined],
    ['the pinned pod', { pin: 2 }, [{}, {}, { loadState: 9 }], 2],
    ['another while the pinned pod is away', { pin: 7 }, [{ loadState: 1 }, {}], 1],
    ['one pod of the newest revision', { newest: 'new' }, [{}, { revision: 'new', loadState: 5 }], 1],
    [
      'the own zone while it has two pods',
      { zone: 'a' },
      [{}, { metadata: { zone: 'a' }, loadState: 5 }, { metadata: { zone: 'a' }, loadState: 4 }],
      2,
    ],
    [
      'another zone if the own one has only one',
      { zone: 'a' },
      [{}, { metadata: { zone: 'a' }, loadState: 5 }],
      0,
    ],
  ])('picks %s', (_what, context, pods, picked) => {
    const candidates = pods.map((fields, podId) => {
      const state = pod({ podId, ...fields });
      return { podId, loadState: state.loadState, metadata: state.metadata, pod: state, freePlaces: 9 };
    });
    const rules = { filters: filtersOf(), strategy: strategies['least-loaded'] };
    const chosen = choosePod(candidates, rules, { random: () => 0, peers: 1, placements: 0, ...context });
    expect(chosen?.podId).toBe(picked);
  });

  const faulty: readonly [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('no such label');
      },
    ],
    ['returns a promise', () => Promise.resolve(true)],
  ];
  it.each(faulty)('picks nobody where a filter of the application %s', (_what, accepts) => {
    const state = pod();
    const candidate = { podId: 0, loadState: 0, metadata: {}, pod: state, freePlaces: 1 };
    const filters = filtersOf({ gpu: { accepts: accepts as () => boolean } });
    const context = { random: () => 0, peers: 1, placements: 0 };
    const choice = (): unknown => choosePod([candidate], { filters, strategy: strategies.random }, context);
    expect(choice).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        faults: [expect.objectContaining({ name: 'filters.gpu' })],
      }),
    );
  });
});
