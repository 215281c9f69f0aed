import { PERSIST_FOREVER } from '@stateful-route/core';
import { race, type Suite } from './suite.ts';

/** Compare-and-set of a link. */
export function describeReplacement({ describe, test, expect }: Suite): void {
  describe('replacement', () => {
    test('moves a temporary link from the pod named', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 10)).toEqual({
        linked: true,
        podId: 1,
      });
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 1, permanent: false });
      expect(link.ttlMs).toBeLessThanOrEqual(10_000);
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 1, 0, 60)).toEqual({
        linked: true,
        podId: 0,
      });
    });

    test('moves no link of another pod than the named one', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 2, 60);
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60)).toEqual({
        linked: false,
        podId: 2,
      });
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(2);
    });

    test('makes no link if there is none', async ({ stateful, ns }) => {
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60)).toEqual({
        linked: false,
        podId: undefined,
      });
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
    });

    test('succeeds without a change if the new pod is in force', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 10);
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60)).toEqual({
        linked: true,
        podId: 1,
      });
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeLessThanOrEqual(10_000);
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      for (const ifToken of [undefined, null, token, 1]) {
        const answer = await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken });
        expect(answer).toEqual({ linked: true, podId: 1 });
      }
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ permanent: true, token });
    });

    test('a claim is replaced only by its token', async ({ stateful, ns }) => {
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: 'a',
      });
      const stands = { linked: false, podId: 0 };
      const refusals = [
        {},
        { ifToken: token! - 1 },
        { ifToken: token! + 1 },
        { ifToken: null },
        { onlyIfTemporary: true },
        { onlyIfTemporary: true, ifToken: token },
      ];
      for (const options of refusals) {
        expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, options)).toEqual(stands);
      }
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ podId: 0, permanent: true, token });
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: token })).toEqual({
        linked: true,
        podId: 1,
      });
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 1, permanent: false });
      expect(link.token).toBe(undefined);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map());
    });

    test("another pod's claim is not moved by its token", async ({ stateful, ns }) => {
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 2, PERSIST_FOREVER);
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: token })).toEqual({
        linked: false,
        podId: 2,
      });
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map([['room', 2]]));
    });

    test('a token is not compared with a temporary link', async ({ stateful, ns }) => {
      const conditions = [
        { ifToken: 1 },
        { ifToken: null },
        { onlyIfTemporary: true },
        { onlyIfTemporary: false },
      ];
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      let podId = 0;
      for (const options of conditions) {
        const answer = await stateful.replaceLinkedPod(ns, 'ada', 'room', podId, podId + 1, 60, options);
        podId += 1;
        expect(answer).toEqual({ linked: true, podId });
      }
    });

    test('the new link expires', async ({ stateful, ns, elapse }) => {
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 1, { ifToken: token });
      await stateful.setLinkedPodIfAbsent(ns, 'bob', 'room', 0, 60);
      await stateful.replaceLinkedPod(ns, 'bob', 'room', 0, 1, 1);
      await elapse(1_000);
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(undefined);
      expect(await stateful.getLinkedPod(ns, 'bob', 'room')).toBe(undefined);
    });

    test('of many at once one moves the link, and all get its pod', async ({ stateful, ns }) => {
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      const answers = await race(50, (at) =>
        stateful.replaceLinkedPod(ns, 'ada', 'room', 0, at + 1, 60, { ifToken: token }),
      );
      const moved = answers.filter((answer) => answer.linked);
      expect(moved.length).toBe(1);
      expect(new Set(answers.map((answer) => answer.podId))).toEqual(new Set([moved[0]?.podId]));
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(moved[0]?.podId);
    });
  });
}
