import { type StatefulServiceState, strategies } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { HandOffTally } from '../../src/service/hand-off-tally.ts';
import type { StatefulRoute, StatefulRouteForServerDriver } from '../../src/index.ts';
import { podFixture } from '../pod-fixture.ts';

type Pod = StatefulRoute<StatefulRouteForServerDriver>;

const uids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

async function claimed(pod: Pod, users: readonly string[]): Promise<void> {
  for (const uid of users) await pod.server.claim(uid);
}

/** Where the hand-offs of a pod go to, by ordinal. */
function targets(pod: Pod): Map<number | undefined, number> {
  const counts = new Map<number | undefined, number>();
  pod.server.on('handedOff', ({ podId }) => counts.set(podId, (counts.get(podId) ?? 0) + 1));
  return counts;
}

describe('a hand-off', () => {
  it('goes to the least loaded pod, whatever the strategy, counting what the drain has placed', async () => {
    const { clock, pod } = podFixture();
    const options = { strategy: strategies['round-robin'] };
    const [a, b, c] = [pod(0, options), pod(1, options), pod(2, options)];
    for (const each of [a, b, c]) await each.start();
    await claimed(a, uids('a', 30));
    await claimed(b, uids('b', 20));
    const counts = targets(a);
    await clock.advance(60_000);
    // Slow, so that heartbeats of the targets come in between: nobody of those who were moved has come to them yet.
    const draining = a.server.drain({
      ratePerSecond: 0.5,
      concurrency: 1,
      deadlineMs: 100_000,
      onHandOff: () => {},
    });
    await clock.advance(100_000);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect([counts.get(1), counts.get(2)]).toEqual([5, 25]);
    await Promise.all([a, b, c].map((each) => each.stop({ signal: AbortSignal.abort() })));
  });

  it('keeps to the free places of its targets, and leaves the others where they are', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0), pod(1, { config: { maxUsers: 3 } })];
    for (const each of [a, b]) await each.start();
    await claimed(a, uids('a', 5));
    await claimed(b, ['ada']);
    const counts = targets(a);
    await clock.advance(30_000);
    const draining = a.server.drain({ deadlineMs: 90_000, onHandOff: () => {} });
    await clock.advance(90_000);
    expect(await draining).toEqual({ left: 3, unsaved: [] });
    expect(counts).toEqual(new Map([[1, 2]]));
    await Promise.all([a, b].map((each) => each.stop({ signal: AbortSignal.abort() })));
  });

  it('chooses as the first caller did, by what the user needs', async () => {
    const { clock, pod } = podFixture();
    const placement = (): { readonly labels: Record<string, string> } => ({ labels: { gpu: '1' } });
    const [a, b, c] = [pod(0, { placement }), pod(1), pod(2)];
    for (const each of [a, b, c]) await each.start();
    await c.server.setMetadata({ gpu: '1' });
    await claimed(a, uids('a', 6));
    await claimed(c, uids('c', 20));
    const counts = targets(a);
    await clock.advance(30_000);
    const draining = a.server.drain({ onHandOff: () => {} });
    await clock.advance(1_000);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(counts).toEqual(new Map([[2, 6]]));
    await Promise.all([a, b, c].map((each) => each.stop({ signal: AbortSignal.abort() })));
  });

  it('moves nobody if what the user needs cannot be told', async () => {
    const { clock, pod } = podFixture();
    const placement = (uid: string): undefined => {
      if (uid === 'ada') throw new Error('no table');
    };
    const [a, b] = [pod(0, { placement }), pod(1)];
    for (const each of [a, b]) await each.start();
    await claimed(a, ['ada', 'bob']);
    const draining = a.server.drain({ onHandOff: () => {}, deadlineMs: 5_000 });
    await clock.advance(5_000);
    expect(await draining).toEqual({ left: 1, unsaved: [] });
    expect([...a.server.held()]).toEqual(['ada']);
    await Promise.all([a, b].map((each) => each.stop({ signal: AbortSignal.abort() })));
  });
});

describe('the tally of a drain', () => {
  const state: StatefulServiceState = {
    podId: 1,
    state: 'READY',
    routingState: 'READY',
    loadState: 10,
    loadPerUser: 0.5,
    incarnation: 'life-1',
    metadata: {},
  };
  const seen = (tally: HandOffTally, more: Partial<StatefulServiceState> = {}, freePlaces = 4): number[] => {
    const pod = { ...state, ...more };
    const view = tally.seen({ podId: 1, loadState: pod.loadState, metadata: {}, pod, freePlaces });
    return [view.loadState, view.freePlaces];
  };

  it('adds what was placed to what the pod reported first, unless it reports more by now', () => {
    const tally = new HandOffTally();
    expect(seen(tally)).toEqual([10, 4]);
    const undo = tally.place(1);
    tally.place(1);
    expect(seen(tally)).toEqual([11, 2]);
    expect(seen(tally, { loadState: 10.5 }, 3)).toEqual([11, 2]);
    expect(seen(tally, { loadState: 12 }, 1)).toEqual([12, 1]);
    undo();
    expect(seen(tally)).toEqual([10.5, 3]);
    tally.place(7)();
    expect(seen(tally, { incarnation: 'life-2', loadState: 0 })).toEqual([0, 4]);
  });
});
