import { PERSIST_FOREVER, type Reason, type TrySetResult } from '@stateful-route/core';
import type { ReplaceLinkedPodOptions, TrySetLinkedPodOptions } from '@stateful-route/core/adapter';
import type { Store, Suite } from './suite.ts';

/** Above the time of any clock, so that a token tells nothing of when it was made. */
const HIGH = 8_000_000_000_000_000;

/** Why a user is linked to a pod. */
export function describeReasons({ capabilities, describe, test, expect, refused }: Suite): void {
  const reason = async ({ stateful, ns }: Store): Promise<Reason | undefined> =>
    (await stateful.getLink(ns, 'ada', 'room')).reason;
  const place = ({ stateful, ns }: Store, podId: number, seconds = 60) =>
    stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', podId, seconds);
  const claim = (
    { stateful, ns }: Store,
    podId: number,
    options: TrySetLinkedPodOptions = { incarnation: '5.a.0', leaseMs: 9_000 },
  ): Promise<TrySetResult> => stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, options);
  const replace = ({ stateful, ns }: Store, from: number, to: number, options?: ReplaceLinkedPodOptions) =>
    stateful.replaceLinkedPod(ns, 'ada', 'room', from, to, 60, options);

  /** Checks the reason, and that the user came to the pod between two times of the store. */
  const expectReason = async (
    store: Store,
    words: Omit<Reason, 'at'>,
    from: number,
    to?: number,
  ): Promise<number> => {
    const { at = 0, ...found } = (await reason(store)) ?? { why: undefined };
    expect(found).toEqual(words);
    expect(at).toBeGreaterThanOrEqual(from);
    expect(at).toBeLessThanOrEqual(to ?? (await store.storeTime()));
    const batch = await store.stateful.batchGetLink(store.ns, ['ada'], 'room');
    expect(batch.get('ada')?.reason).toEqual({ ...found, at });
    return at;
  };

  describe('the reason of a link', () => {
    test('is that it was placed, as long as the pod has the user', async (store) => {
      expect((await place(store, 0)).reason).toEqual({ why: 'placed' });
      expect(await reason(store)).toEqual({ why: 'placed' });
      expect((await place(store, 1)).reason).toEqual({ why: 'placed' });
      const before = await store.storeTime();
      await claim(store, 0);
      await expectReason(store, { why: 'placed' }, before);
      expect((await place(store, 1)).reason?.why).toBe('placed');
    });

    test('is that it was placed, where set if absent made the claim', async (store) => {
      const before = await store.storeTime();
      const made = await place(store, 0, PERSIST_FOREVER);
      expect(made.reason).toEqual(await reason(store));
      await expectReason(store, { why: 'placed' }, before);
    });

    test('is that it was claimed, without a link to the pod', async (store) => {
      const before = await store.storeTime();
      await claim(store, 0);
      await expectReason(store, { why: 'claimed' }, before);
      await store.stateful.removeLinkedPod(store.ns, 'ada', 'room');
      await place(store, 1);
      await claim(store, 0);
      await expectReason(store, { why: 'claimed' }, before);
    });

    for (const [name, options, words] of [
      ['that it was relinked', {}, { why: 'relinked' }],
      [
        'the one that was given',
        { why: 'moved', by: 'carol: a/b % é' },
        { why: 'moved', by: 'carol: a/b % é' },
      ],
    ] as const) {
      test(`is ${name}, for a temporary link that was replaced and its claim`, async (store) => {
        await place(store, 0);
        const before = await store.storeTime();
        await replace(store, 0, 1, options);
        const replacedBy = await store.storeTime();
        await expectReason(store, words, before, replacedBy);
        await store.elapse(3);
        const claimedFrom = await store.storeTime();
        await claim(store, 1);
        await expectReason(store, words, claimedFrom);
      });
    }

    for (const [name, options, why] of [
      ['that it was taken over', {}, 'taken-over'],
      ['that it was handed over', { why: 'handed-over' }, 'handed-over'],
    ] as const) {
      test(`is ${name}, for a claim that was replaced and the next one`, async (store) => {
        const { token } = await claim(store, 0);
        const before = await store.storeTime();
        await replace(store, 0, 1, { ...options, ifToken: token });
        await expectReason(store, { why }, before);
        await claim(store, 1);
        await expectReason(store, { why }, before);
      });
    }

    test('is that it was forced, and by whom', async (store) => {
      const { stateful, ns } = store;
      const before = await store.storeTime();
      for (const persistSeconds of [60, PERSIST_FOREVER]) {
        await claim(store, 0);
        await stateful.setLinkedPod(ns, 'ada', 'room', 1, persistSeconds, { by: 'carol' });
        await expectReason(store, { why: 'forced', by: 'carol' }, before);
        await claim(store, 1);
        await expectReason(store, { why: 'forced', by: 'carol' }, before);
        await stateful.removeLinkedPod(ns, 'ada', 'room');
      }
      await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      await expectReason(store, { why: 'forced' }, before);
    });

    test('stays, with its time, while the pod claims again', async (store) => {
      await place(store, 0);
      await claim(store, 0);
      const at = await expectReason(store, { why: 'placed' }, 1);
      await store.elapse(3);
      for (const options of [
        { incarnation: '5.a.0' },
        { incarnation: '5.a.1' },
        { incarnation: '6.b.0', minToken: HIGH },
        { incarnation: '6.b.0', minToken: HIGH + 7 },
      ]) {
        expect((await claim(store, 0, options)).linked).toBe(true);
        await expectReason(store, { why: 'placed' }, at, at);
      }
    });

    test('has its own time, whatever the token', async (store) => {
      const before = await store.storeTime();
      await claim(store, 0, { incarnation: 'a', minToken: HIGH });
      await expectReason(store, { why: 'claimed' }, before);
    });

    test('stays when the claim becomes a temporary link to the pod, and back', async (store) => {
      const { stateful, ns } = store;
      await place(store, 0);
      await replace(store, 0, 1, { why: 'moved', by: 'carol' });
      const { token } = await claim(store, 1);
      const at = await expectReason(store, { why: 'moved', by: 'carol' }, 1);
      await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1, { token, keepSeconds: 60 });
      await expectReason(store, { why: 'moved', by: 'carol' }, at, at);
      await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, 30);
      await expectReason(store, { why: 'moved', by: 'carol' }, at, at);
      expect((await place(store, 0, 90)).reason).toEqual({ why: 'moved', by: 'carol', at });
      await claim(store, 1);
      await expectReason(store, { why: 'moved', by: 'carol' }, at);
    });

    test('of an earlier link is gone with it', async (store) => {
      const { stateful, ns } = store;
      await place(store, 0);
      await replace(store, 0, 1, { why: 'moved', by: 'carol' });
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      await place(store, 1);
      expect(await reason(store)).toEqual({ why: 'placed' });
      await replace(store, 1, 2);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      await claim(store, 2);
      await expectReason(store, { why: 'claimed' }, 1);
    });

    test('is of one service', async (store) => {
      const { stateful, ns } = store;
      await place(store, 0);
      await replace(store, 0, 1);
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'lobby', 1, 60);
      await stateful.trySetLinkedPod(ns, 'ada', 'lobby', 1, PERSIST_FOREVER);
      expect((await stateful.getLink(ns, 'ada', 'lobby')).reason?.why).toBe('placed');
      expect((await reason(store))?.why).toBe('relinked');
    });

    test('is that it was restored, where the store keeps no record', async (store) => {
      const before = await store.storeTime();
      await claim(store, 0, { incarnation: 'a', assertToken: 5_000_000 });
      await expectReason(store, { why: 'restored' }, before);
    });

    test('tells the claim after it for how long nobody served the user', async (store) => {
      const { stateful, ns } = store;
      const first = await claim(store, 0);
      expect(first.gapMs).toBe(undefined);
      await replace(store, 0, 1, { ifToken: first.token, unservedMs: 5_000 });
      await store.elapse(10);
      const { gapMs } = await claim(store, 1);
      expect(gapMs).toBeGreaterThanOrEqual(5_010);
      expect(gapMs).toBeLessThan(35_000);
      expect((await claim(store, 1)).gapMs).toBe(undefined);
      await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 });
      expect((await claim(store, 1)).gapMs).toBe(undefined);
    });

    test('is refused with a wrong field', async (store) => {
      for (const why of ['placed', 'Moved', '', null]) {
        await refused('INVALID_PARAMETER', replace(store, 0, 1, { why: why as 'moved' }), {
          parameter: 'why',
        });
      }
      for (const unservedMs of [-1, 0.5, '1', null]) {
        const call = replace(store, 0, 1, { unservedMs: unservedMs as number });
        await refused('INVALID_PARAMETER', call, { parameter: 'unservedMs' });
      }
      for (const by of ['', 'a\n', 'x'.repeat(129), null]) {
        await refused('INVALID_PARAMETER', replace(store, 0, 1, { by: by as string }), { parameter: 'by' });
        const call = store.stateful.setLinkedPod(store.ns, 'ada', 'room', 1, 60, { by: by as string });
        await refused('INVALID_PARAMETER', call, { parameter: 'by' });
      }
    });

    if (capabilities.rawWrites) {
      test('is unknown of a claim of the older sides, and then that it was claimed', async (store) => {
        await store.raw.setClaim(store.ns, 'ada', 'room', 0);
        expect(await reason(store)).toBe(undefined);
        await claim(store, 0);
        await expectReason(store, { why: 'claimed' }, 1);
      });

      test('stays in the record of a link that the store lost', async (store) => {
        await place(store, 0);
        const { token } = await claim(store, 0);
        const at = await expectReason(store, { why: 'placed' }, 1);
        await store.raw.removeLink(store.ns, 'ada', 'room');
        await store.elapse(3);
        await claim(store, 0, { incarnation: '5.a.0', assertToken: token });
        await expectReason(store, { why: 'placed' }, at, at);
      });
    }
  });
}
