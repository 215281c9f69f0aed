import { describe, expect, it } from 'vitest';
import { callerFixture, holdReplies, settled } from '../caller-fixture.ts';

type Settled = PromiseSettledResult<unknown>;

/** What calls have come to so far; `undefined` for those that still wait. */
function watch(calls: readonly Promise<unknown>[]): (Settled | undefined)[] {
  const seen: (Settled | undefined)[] = calls.map(() => undefined);
  for (const [at, call] of calls.entries()) {
    void Promise.allSettled([call]).then(([outcome]) => {
      seen[at] = outcome;
    });
  }
  return seen;
}

const timedOut = (timeoutMs: number): object => ({
  status: 'rejected',
  reason: { code: 'TIMEOUT', operation: 'computeLinkedPod', timeoutMs, retryable: true },
});

describe('a store that hangs and ignores its signals', () => {
  it('costs each caller no more than their deadline', async () => {
    const { startedCaller, clock } = await callerFixture();
    const { rooms, around, calls } = await startedCaller({ config: { timeoutMs: 1_000, routingPeers: 1 } });
    around(holdReplies('setLinkedPodIfAbsent').around);
    const seen = watch([
      rooms.locate('ada'),
      rooms.locate('ada', { timeoutMs: 300 }),
      rooms.locate('ada', { timeoutMs: 9_000 }),
      rooms.locate('ada'),
    ]);
    await clock.advance(299);
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
    await clock.advance(1);
    expect(seen).toMatchObject([undefined, timedOut(300), undefined, undefined]);
    await clock.advance(699);
    expect([seen[0], seen[2], seen[3]]).toEqual([undefined, undefined, undefined]);
    // The request that they share began with the configured time.
    await clock.advance(1);
    expect(seen).toMatchObject([timedOut(1_000), timedOut(300), timedOut(1_000), timedOut(1_000)]);
    expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  });

  it('gives those who join later their own deadline, and no more than the request has', async () => {
    const { startedCaller, clock } = await callerFixture();
    const { rooms, around } = await startedCaller({ config: { timeoutMs: 1_000 } });
    around(holdReplies('setLinkedPodIfAbsent').around);
    const first = watch([rooms.locate('ada')]);
    await clock.advance(600);
    const joined = watch([rooms.locate('ada', { timeoutMs: 100 }), rooms.locate('ada')]);
    await clock.advance(100);
    expect([...first, ...joined]).toMatchObject([undefined, timedOut(100), undefined]);
    await clock.advance(300);
    expect([...first, ...joined]).toMatchObject([timedOut(1_000), timedOut(100), timedOut(1_000)]);
  });

  it('takes a caller with more time than is configured at their word', async () => {
    const { startedCaller, clock } = await callerFixture();
    const { rooms, around } = await startedCaller({ config: { timeoutMs: 1_000 } });
    const held = holdReplies('setLinkedPodIfAbsent');
    around(held.around);
    const seen = watch([rooms.locate('ada', { timeoutMs: 4_000 }), rooms.locate('ada')]);
    await clock.advance(1_000);
    expect(seen).toMatchObject([undefined, timedOut(1_000)]);
    await clock.advance(2_999);
    expect(seen[0]).toBeUndefined();
    held.release();
    await settled();
    expect(seen[0]).toMatchObject({ status: 'fulfilled', value: { podId: 0 } });
  });

  it('is called for the same user again afterwards, and its late reply changes nothing', async () => {
    const { startedCaller, clock, claim } = await callerFixture();
    const { rooms, around, calls } = await startedCaller({ config: { timeoutMs: 1_000, routingPeers: 1 } });
    const held = holdReplies('setLinkedPodIfAbsent');
    around(held.around);
    const seen = watch([rooms.locate('ada')]);
    await clock.advance(1_000);
    expect(seen).toMatchObject([timedOut(1_000)]);
    expect(rooms.peek('ada')).toBeUndefined();

    around();
    await claim('ada', 2);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
    held.release();
    await settled();
    expect(rooms.peek('ada')).toMatchObject({ podId: 2, temporary: false });
    expect(calls()).toEqual(['setLinkedPodIfAbsent', 'setLinkedPodIfAbsent']);
  });

  it('does not delay the lookup of another user', async () => {
    const { startedCaller, clock } = await callerFixture();
    const { rooms, around } = await startedCaller({ config: { timeoutMs: 1_000 } });
    around((call) => (call.args[1] === 'ada' ? new Promise(() => {}) : call.run(call.options)));
    const seen = watch([rooms.locate('ada'), rooms.locate('bob')]);
    await settled();
    expect(seen).toMatchObject([undefined, { status: 'fulfilled', value: { podId: 0 } }]);
    await clock.advance(1_000);
    expect(seen[0]).toMatchObject(timedOut(1_000));
  });
});
