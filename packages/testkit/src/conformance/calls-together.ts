import { PERSIST_FOREVER } from '@stateful-route/core';
import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { race, type Suite } from './suite.ts';

/** Calls that are made in one tick without awaiting each: what they share must not be visible. */
export function describeCallsTogether(suite: Suite): void {
  suite.describe('calls made together', () => {
    describeOrder(suite);
    describeCompany(suite);
  });
}

function describeOrder({ test, expect }: Suite): void {
  test('about one uid take effect in their order, whatever they are', async ({ stateful, ns }) => {
    const replies = await Promise.all([
      stateful.getLinkedPod(ns, 'ada', 'room'),
      stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60).then(({ podId }) => podId),
      stateful.getLinkedPod(ns, 'ada', 'room'),
      stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60),
      stateful.getLinkService(ns, 'ada'),
      stateful.trySetLinkedPod(ns, 'ada', 'room', 2, PERSIST_FOREVER).then(({ previous }) => previous),
      stateful.getLinkService(ns, 'ada'),
      stateful.batchGetLinkedPod(ns, ['bob', 'ada'], 'room'),
      stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 4, 60).then(({ podId }) => podId),
      stateful.setLinkedPod(ns, 'ada', 'room', 3, 60).then(({ previous }) => previous),
      stateful.getLinkedPodIfPersist(ns, 'ada', 'room'),
      stateful.getLinkService(ns, 'ada'),
      stateful.removeLinkedPodWithId(ns, 'ada', 'room', 2),
      stateful.batchGetLink(ns, ['ada', 'bob'], 'room').then((links) => links.get('ada')?.podId),
      stateful.removeLinkedPod(ns, 'ada', 'room'),
      stateful.getLink(ns, 'ada', 'room').then(({ podId }) => podId),
      stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 5, 60).then(({ created }) => created),
    ]);
    expect(replies).toEqual([
      undefined,
      0,
      0,
      { linked: true, podId: 1 },
      new Map(),
      1,
      new Map([['room', 2]]),
      new Map([[2, ['ada']]]),
      2,
      2,
      undefined,
      new Map(),
      false,
      3,
      true,
      undefined,
      true,
    ]);
    expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(5);
  });

  test('keep the order of each uid when many are changed and read at once', async ({ stateful, ns }) => {
    const found = await race(200, async (at) => {
      const uid = `user-${at % 40}`;
      const [before, , after] = await Promise.all([
        stateful.getLinkedPod(ns, uid, 'room'),
        stateful.setLinkedPod(ns, uid, 'room', at, 60),
        stateful.getLinkedPod(ns, uid, 'room'),
      ]);
      return [before, after];
    });
    expect(found).toEqual(found.map((_, at) => [at < 40 ? undefined : at - 40, at]));
  });

  test("keep the order of one uid's claims in several services", async ({ stateful, ns }) => {
    const claim = (service: string, podId: number) =>
      stateful.trySetLinkedPod(ns, 'ada', service, podId, PERSIST_FOREVER);
    const [, , both, , one, , none] = await Promise.all([
      claim('room', 1),
      claim('lobby', 2),
      stateful.getLinkService(ns, 'ada'),
      stateful.removeLinkedPod(ns, 'ada', 'room'),
      stateful.getLinkService(ns, 'ada'),
      stateful.setLinkedPod(ns, 'ada', 'lobby', 3, 60),
      stateful.getLinkService(ns, 'ada'),
    ]);
    expect(both).toEqual(
      new Map([
        ['room', 1],
        ['lobby', 2],
      ]),
    );
    expect(one).toEqual(new Map([['lobby', 2]]));
    expect(none).toEqual(new Map());
  });

  test('place one uid on one pod, and one of them made the link', async ({ stateful, ns }) => {
    const placed = await race(100, (at) => stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', at, 60));
    expect(new Set(placed.map(({ podId }) => podId)).size).toBe(1);
    expect(placed.filter(({ created }) => created).length).toBe(1);

    const claimed = await race(100, (at) => stateful.trySetLinkedPod(ns, 'bob', 'room', at, PERSIST_FOREVER));
    expect(new Set(claimed.map(({ podId }) => podId)).size).toBe(1);
    expect(claimed.filter(({ linked }) => linked).length).toBe(1);
  });
}

function describeCompany({ test, expect, refused }: Suite): void {
  test('return each the result for its own uid and arguments', async ({ stateful, ns }) => {
    const claims = await race(300, async (at) => {
      const uid = `user-${at}`;
      if (at % 3 === 0) return stateful.setLinkedPodIfAbsent(ns, uid, 'room', at, 100 + at);
      const incarnation = `run-${at}`;
      return stateful.trySetLinkedPod(ns, uid, 'room', at, PERSIST_FOREVER, { incarnation });
    });
    expect(claims.map(({ podId }) => podId)).toEqual(claims.map((_, at) => at));
    const links = await race(300, (at) => stateful.getLink(ns, `user-${at}`, 'room'));
    for (const [at, link] of links.entries()) {
      if (at % 3 === 0) {
        expect(link).toMatchObject({ podId: at, permanent: false });
        expect(link.ttlMs).toBeLessThanOrEqual((100 + at) * 1_000);
        expect(link.ttlMs).toBeGreaterThan((100 + at - 60) * 1_000);
      } else {
        expect(link).toEqual({
          podId: at,
          permanent: true,
          token: claims[at]?.token,
          incarnation: `run-${at}`,
          storeTime: link.storeTime,
          reason: { why: 'claimed', at: Math.floor(claims[at]!.token! / 1_000) },
        });
      }
    }
    const pods = await race(300, (at) => stateful.getLinkedPod(ns, `user-${299 - at}`, 'room'));
    expect(pods).toEqual(pods.map((_, at) => 299 - at));
  });

  test('are separate by service and namespace', async ({ stateful, ns }) => {
    const places = ['room', 'lobby'].flatMap((service) =>
      [ns, `${ns}.2`].map((own) => [own, service] as const),
    );
    await Promise.all(places.map(([own, service], at) => stateful.setLinkedPod(own, 'ada', service, at, 60)));
    const found = await Promise.all(
      places.map(([own, service]) => stateful.getLinkedPod(own, 'ada', service)),
    );
    expect(found).toEqual([0, 1, 2, 3]);
  });

  test('fail alone for a bad argument', async ({ stateful, ns }) => {
    const place = (uid: string, podId: number) => stateful.setLinkedPodIfAbsent(ns, uid, 'room', podId, 60);
    const [placed, , , , , pods] = await Promise.all([
      race(20, (at) => place(`user-${at}`, at)),
      refused('INVALID_PARAMETER', place('', 0), { parameter: 'uid' }),
      refused('INVALID_PARAMETER', place('user-0', -1), { parameter: 'podId' }),
      refused('INVALID_PARAMETER', stateful.getLinkedPod(ns, 'user-0', '-'), { parameter: 'serviceName' }),
      refused('INVALID_PARAMETER', stateful.batchGetLinkedPod(ns, ['user-0', '{'], 'room')),
      race(20, (at) => stateful.getLinkedPod(ns, `user-${at}`, 'room')),
    ]);
    expect(placed.map(({ podId }) => podId)).toEqual(placed.map((_, at) => at));
    expect(pods).toEqual(placed.map((_, at) => at));
  });

  test('are aborted alone, before or after the others were made', async ({ stateful, ns }) => {
    const reason = new Error('no longer wanted');
    const late = new AbortController();
    const outcome = (uid: string, signal: AbortSignal): Promise<unknown> =>
      stateful.setLinkedPodIfAbsent(ns, uid, 'room', 50, 60, { signal }).then(
        () => 'answered',
        (error: unknown) => error,
      );
    const replies = Promise.all([
      race(20, (at) => stateful.setLinkedPodIfAbsent(ns, `user-${at}`, 'room', at, 60)),
      outcome('gone', AbortSignal.abort(reason)),
      outcome('going', late.signal),
      outcome('staying', new AbortController().signal),
      race(20, (at) => stateful.getLinkedPod(ns, `user-${at}`, 'room')),
    ]);
    late.abort(reason);
    const [placed, aborted, abortedLater, unused, pods] = await replies;
    expect(aborted).toBe(reason);
    expect([reason, 'answered'].includes(abortedLater as string)).toBe(true);
    expect(unused).toBe('answered');
    expect(placed.every(({ created }) => created)).toBe(true);
    expect(pods).toEqual(placed.map((_, at) => at));
    expect(await stateful.getLinkedPod(ns, 'gone', 'room')).toBe(undefined);
  });

  test('may need more than one round trip', async ({ stateful, ns }) => {
    const count = 2 * BATCH_LIMIT + 100;
    const uids = Array.from({ length: count }, (_, at) => `user-${at}`);
    const [placed, pods, batch] = await Promise.all([
      race(count, (at) => stateful.setLinkedPodIfAbsent(ns, `user-${at}`, 'room', at, 60)),
      race(count, (at) => stateful.getLinkedPod(ns, `user-${at}`, 'room')),
      stateful.batchGetLinkedPod(ns, uids, 'room'),
    ]);
    const own = uids.map((_, at) => at);
    expect(placed.map(({ podId }) => podId)).toEqual(own);
    expect(pods).toEqual(own);
    expect(batch).toEqual(new Map(uids.map((uid, at) => [at, [uid]])));
  });
}
