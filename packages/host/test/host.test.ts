import { NOT_MINE } from '@stateful-route/core';
import { createHost } from '@stateful-route/host';
import { describe, expect, it } from 'vitest';
import { gate, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

describe('a host', () => {
  it('opens a user once, however many ask, and runs uses one at a time in their order', async () => {
    let opens = 0;
    const { host, route } = await hostFleet({
      open: async () => {
        opens += 1;
        return { count: 0 };
      },
    });
    const order: number[] = [];
    let running = 0;
    const uses = Array.from({ length: 20 }, (_, at) =>
      host.use('ada', async (visits) => {
        running += 1;
        expect(running).toBe(1);
        await Promise.resolve();
        order.push(at);
        running -= 1;
        return ++visits.count;
      }),
    );
    await settled(route);
    expect(await Promise.all(uses)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(order).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(opens).toBe(1);
    expect(host.has('ada')).toBe(true);
  });

  it('saves at most saveEveryMs after a change, and again only after another', async () => {
    const { host, route, storage } = await hostFleet({ saveEveryMs: 1_000 });
    await host.use('ada', visit);
    await host.use('ada', visit);
    await route.advance(999);
    expect(storage.log).toEqual([]);
    await route.advance(1);
    expect(storage.log).toEqual(['ada 2']);
    await route.advance(5_000);
    expect(storage.log).toEqual(['ada 2']);
  });

  it('lets an idle user go: saved, released, closed', async () => {
    const { host, route, storage, closed } = await hostFleet({ idleAfterMs: 5_000 });
    await host.use('ada', visit);
    await route.advance(4_999);
    expect(host.has('ada')).toBe(true);
    await route.advance(1);
    await settled(route);
    expect(host.has('ada')).toBe(false);
    expect(route.pods[0]!.server.held().size).toBe(0);
    expect(storage.log).toEqual(['ada 1']);
    expect(closed.map(({ uid, why }) => `${uid} ${why}`)).toEqual(['ada idle']);
    expect(await host.use('ada', visit)).toBe(2);
  });

  it('ends a user: saved, released, closed', async () => {
    const { host, route, storage, closed } = await hostFleet();
    await host.use('ada', visit);
    expect(await host.end('ada')).toBe(true);
    expect(await host.end('ada')).toBe(false);
    expect(storage.log).toEqual(['ada 1']);
    expect(closed.map(({ uid, why }) => `${uid} ${why}`)).toEqual(['ada ended']);
    expect(route.pods[0]!.server.held().size).toBe(0);
  });

  it('keeps a user open while somebody stays', async () => {
    const { host, route } = await hostFleet({ idleAfterMs: 5_000 });
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    await route.advance(60_000);
    expect(host.has('ada')).toBe(true);
    expect(await stay.use(visit)).toBe(1);
    stay.leave();
    stay.leave();
    await route.advance(5_000);
    await settled(route);
    expect(host.has('ada')).toBe(false);
  });

  it('hands a user over: the signal, the running use, the save, the move, close; who asks meanwhile is not mine', async () => {
    const { host, hosts, route, storage, closed } = await hostFleet({}, { pods: 2 });
    await host.use('ada', visit);
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    const busy = gate();
    const running = host.use('ada', async (visits, { signal }) => {
      await busy.promise;
      expect(signal.aborted).toBe(true);
      return ++visits.count;
    });
    const drained = route.drain(0);
    await settled(route);
    expect(stay.signal.aborted).toBe(true);
    const asked = watch(host.use('ada', visit));
    await settled(route);
    expect(asked.isOver).toBe(false);
    expect(storage.log).toEqual([]);
    busy.open();
    await settled(route);
    expect(await running).toBe(2);
    expect(asked.value).toBe(NOT_MINE);
    expect(storage.log).toEqual(['ada 2']);
    expect(closed).toMatchObject([{ uid: 'ada', why: 'handOff', to: 1, state: { count: 2 } }]);
    expect(await stay.closed).toEqual({ why: 'handOff', to: 1 });
    expect(await drained).toEqual({ left: 0, unsaved: [] });
    expect(await hosts[1]!.use('ada', visit)).toBe(3);
    expect(await host.use('ada', visit)).toBe(NOT_MINE);
  });

  it('closes what is left when the pod stops', async () => {
    const { host, route, storage, closed } = await hostFleet({});
    await host.use('ada', visit);
    const report = await route.pods[0]!.stop();
    expect(report).toEqual({ left: 0, unsaved: [] });
    expect(storage.log).toEqual(['ada 1']);
    expect(closed.map(({ uid, why }) => `${uid} ${why}`)).toEqual(['ada stop']);
    await expect(host.use('ada', visit)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('is made once for a pod’s route, of options that are checked all at once', async () => {
    const { route } = await hostFleet();
    const open = (): Visits => ({ count: 0 });
    expect(() => createHost(route.pods[0]!, { open })).toThrow('has a host already');
    expect(() => createHost(route.gateway as never, { open })).toThrow('give createStatefulRoute a podId');
    const pod = await route.addPod();
    expect(() => createHost(pod, { saveAfter: 'use', idleAfter: 1, openTimeoutMs: 0 } as never)).toThrow(
      /openTimeoutMs.*did you mean idleAfterMs|did you mean idleAfterMs.*openTimeoutMs/,
    );
    expect(() => createHost(pod, { open, saveWhenFenced: true })).toThrow('needs save');
  });
});
