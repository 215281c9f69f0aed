import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import type { TrySetLinkedPodOptions } from '@stateful-route/core/adapter';
import type { Store, Suite } from './suite.ts';

const LATER = '5.b.0';
const EARLIER = '4.c.3';

function claim(
  { stateful, ns }: Store,
  podId: number,
  incarnation: string | undefined,
  options: TrySetLinkedPodOptions = {},
): Promise<TrySetResult> {
  return stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, { incarnation, ...options });
}

/** The claims of a process that a later one of its ordinal has replaced. */
export function describeDisplacedClaims({ describe, test, expect, refused }: Suite): void {
  describe('claims of a displaced run', () => {
    test('are refused, and the error has the later run', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store, 0, LATER);
      const before = await stateful.getLink(ns, 'ada', 'room');
      for (const options of [
        {},
        { minToken: token! + 9 },
        { assertToken: token! + 9 },
        { onlyIfClaimed: true },
      ]) {
        await refused('FENCED', claim(store, 0, EARLIER, options), {
          namespace: ns,
          serviceName: 'room',
          podId: 0,
          incarnation: EARLIER,
          met: LATER,
          retryable: false,
        });
      }
      const after = await stateful.getLink(ns, 'ada', 'room');
      expect({ ...after, storeTime: 0 }).toEqual({ ...before, storeTime: 0 });
    });

    for (const [earlier, later] of [
      ['4.z.9', '5.a.0'],
      ['9.a.0', '10.b.0'],
      ['5.a.0', '5.b.0'],
      ['z', '1.a.0'],
      ['a', 'b'],
    ] as const) {
      test(`${earlier} is of an earlier run than ${later}`, async (store) => {
        const first = await claim(store, 0, earlier);
        const second = await claim(store, 0, later);
        expect(second.token).toBeGreaterThan(first.token!);
        await refused('FENCED', claim(store, 0, earlier), { incarnation: earlier, met: later });
      });
    }

    test('an earlier incarnation of the same run is not refused: it claims again', async (store) => {
      const { token } = await claim(store, 0, '5.a.2');
      const again = await claim(store, 0, '5.a.1');
      expect(again.linked).toBe(true);
      expect(again.token).toBeGreaterThan(token!);
    });

    test('a claim without an incarnation is not compared', async (store) => {
      await claim(store, 0, LATER);
      expect(await claim(store, 0, undefined)).toMatchObject({ linked: true, podId: 0 });
      expect(await claim(store, 0, EARLIER)).toMatchObject({ linked: true, podId: 0 });
    });

    test('fails on the claim of another pod without a fence', async (store) => {
      const { token } = await claim(store, 1, LATER);
      expect(await claim(store, 0, EARLIER)).toEqual({ linked: false, podId: 1, previous: 1, token });
    });

    test('are accepted after the claim was ended on purpose', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store, 0, LATER);
      await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token });
      expect(await claim(store, 0, EARLIER)).toMatchObject({ linked: true, podId: 0 });
    });

    test('temporary and forced links are not refused', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0, LATER);
      const forced = await stateful.setLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: EARLIER,
      });
      expect(forced.previous).toBe(0);
      await claim(store, 0, LATER);
      const tried = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, 60, { incarnation: EARLIER });
      expect(tried).toEqual({ linked: true, podId: 0, previous: 0 });
    });

    test('are refused without an effect on concurrent claims', async (store) => {
      const { stateful, ns } = store;
      const of = (uid: string, incarnation: string) =>
        stateful.trySetLinkedPod(ns, uid, 'room', 0, PERSIST_FOREVER, { incarnation });
      await of('ada', LATER);
      const [, bob, , cyd] = await Promise.all([
        refused('FENCED', of('ada', EARLIER), { met: LATER }),
        of('bob', EARLIER),
        refused('FENCED', of('ada', EARLIER), { met: LATER }),
        of('cyd', EARLIER),
      ]);
      expect([bob.linked, cyd.linked]).toEqual([true, true]);
    });
  });
}
