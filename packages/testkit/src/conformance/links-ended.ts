import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import { endings } from './links-tokens.ts';
import type { Store, Suite } from './suite.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

function claim({ stateful, ns }: Store, podId: number, uid = 'ada'): Promise<TrySetResult> {
  return stateful.trySetLinkedPod(ns, uid, 'room', podId, PERSIST_FOREVER, { incarnation: 'a' });
}

/** The record of a claim that was ended on purpose. */
export function describeEndedRecords({ capabilities, describe, test, expect }: Suite): void {
  describe('ended records', () => {
    const endedToken = async ({ stateful, ns }: Store) =>
      (await stateful.getLink(ns, 'ada', 'room')).endedToken;

    for (const [name, end] of Object.entries(endings)) {
      test(`${name} leaves the last token without an owner`, async (store) => {
        const { stateful, ns } = store;
        const { token } = await claim(store, 0);
        expect(await endedToken(store)).toBe(undefined);
        await end(store, token!);
        const link = await stateful.getLink(ns, 'ada', 'room');
        expect(link).toMatchObject({ permanent: false, endedToken: token });
        expect([link.token, link.incarnation]).toEqual([undefined, undefined]);
      });
    }

    test('a placement, its removal and its end do not change the record', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store, 0);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ podId: 1, endedToken: token });
      await stateful.replaceLinkedPod(ns, 'ada', 'room', 1, 2, 60);
      expect(await endedToken(store)).toBe(token);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await endedToken(store)).toBe(token);
      await stateful.trySetLinkedPod(ns, 'ada', 'room', 3, 1);
      await store.elapse(1_000);
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({
        permanent: false,
        endedToken: token,
      });
    });

    test('the next claim is its owner again', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      const { token } = await claim(store, 1);
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 1, token });
      expect(link.endedToken).toBe(undefined);
    });

    test('a forced claim of another pod writes its own record', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0);
      const { token } = await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 1, token });
      expect(link.endedToken).toBe(undefined);
    });

    test('a link that never was a claim leaves no record', async (store) => {
      const { stateful, ns } = store;
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await endedToken(store)).toBe(undefined);
    });

    test('belongs to one user, service and namespace', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      for (const [namespace, uid, service] of [
        [ns, 'bob', 'room'],
        [ns, 'ada', 'lobby'],
        [`${ns}.2`, 'ada', 'room'],
      ] as const) {
        expect((await stateful.getLink(namespace, uid, service)).endedToken).toBe(undefined);
      }
    });

    if (capabilities.clock === 'manual') {
      test('is kept for 7 days after the last claim, whatever is placed meanwhile', async (store) => {
        const { stateful, ns } = store;
        const { token } = await claim(store, 0);
        await stateful.removeLinkedPod(ns, 'ada', 'room');
        await store.elapse(6 * DAY_MS);
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 30 * 86_400);
        expect(await endedToken(store)).toBe(token);
        await store.elapse(DAY_MS);
        expect(await endedToken(store)).toBe(undefined);
        expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(1);
      });
    }
  });
}
