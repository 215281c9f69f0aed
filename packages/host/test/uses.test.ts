import { NOT_MINE } from '@stateful-route/core';
import { describe, expect, it, vi } from 'vitest';
import { gate, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

describe('uses', () => {
  it('refuses more than a queue holds, of a user and of the pod', async () => {
    const { host, route } = await hostFleet({ useQueueMaxPerUser: 2, useQueueMax: 3 });
    const busy = gate();
    void host.use('ada', () => busy.promise);
    void host.use('bob', () => busy.promise);
    await settled(route);
    const queued = [host.use('ada', visit), host.use('ada', visit)];
    await expect(host.use('ada', visit)).rejects.toMatchObject({
      code: 'OVERLOADED',
      limit: 2,
      retryAfterMs: 1_000,
    });
    queued.push(host.use('bob', visit));
    await expect(host.use('bob', visit)).rejects.toMatchObject({ code: 'OVERLOADED', limit: 3 });
    expect(host.stats().queued).toBe(3);
    busy.open();
    expect(await Promise.all(queued)).toEqual([1, 2, 1]);
    expect(host.stats().queued).toBe(0);
  });

  it('refuses a use and an end of the same user inside its own use, also through another user’s', async () => {
    const { host } = await hostFleet();
    const refused = { code: 'INVALID_PARAMETER', parameter: 'uid' };
    await host.use('ada', async () => {
      await expect(host.use('ada', visit)).rejects.toMatchObject(refused);
      await expect(host.end('ada')).rejects.toMatchObject(refused);
      const inner = await host.use('bob', async () => {
        await expect(host.use('ada', visit)).rejects.toMatchObject(refused);
        return host.use('cleo', visit);
      });
      expect(inner).toBe(1);
    });
    expect(await host.use('ada', visit)).toBe(1);
  });

  it('allows work that a use leaves behind to use the user later', async () => {
    const { host, route } = await hostFleet();
    const later = gate();
    let left: Promise<unknown> | undefined;
    await host.use('ada', () => {
      left = later.promise.then(() => host.use('ada', visit));
    });
    later.open();
    await settled(route);
    expect(await left).toBe(1);
  });

  it('frees two users who wait for each other after useTimeoutMs', async () => {
    const { host, route } = await hostFleet({ useTimeoutMs: 2_000 });
    await host.use('ada', visit);
    await host.use('bob', visit);
    const both = gate();
    const crossed = [
      host.use('ada', async () => {
        await both.promise;
        return host.use('bob', visit);
      }),
      host.use('bob', async () => {
        await both.promise;
        return host.use('ada', visit);
      }),
    ].map((use) => watch(use));
    await settled(route);
    both.open();
    await route.advance(1_999);
    expect(crossed.some(({ isOver }) => isOver)).toBe(false);
    await route.advance(2);
    await settled(route);
    expect(
      crossed.filter(({ error }) => (error as { code?: string } | undefined)?.code === 'TIMEOUT').length,
    ).toBeGreaterThan(0);
    expect(crossed.every(({ isOver }) => isOver)).toBe(true);
    expect(typeof (await host.use('ada', visit))).toBe('number');
  });

  it('keeps a use’s own deadline and signal, before its turn and in it', async () => {
    const { host, route } = await hostFleet();
    const busy = gate();
    const running = watch(host.use('ada', () => busy.promise, { timeoutMs: 100 }));
    await settled(route);
    const stop = new AbortController();
    const waiting = watch(host.use('ada', visit, { timeoutMs: 50 }));
    const aborted = watch(host.use('ada', visit, { signal: stop.signal }));
    stop.abort(new Error('gone'));
    await route.advance(50);
    expect(waiting.error).toMatchObject({ code: 'TIMEOUT', effect: 'none' });
    expect(aborted.error).toMatchObject({ message: 'gone' });
    await route.advance(50);
    expect(running.error).toMatchObject({ code: 'TIMEOUT', effect: 'unknown' });
    busy.open();
    await settled(route);
    expect(await host.use('ada', visit)).toBe(1);
  });

  it('passes an error of a use on, and saves what it did before', async () => {
    const { host, route, storage } = await hostFleet({ saveEveryMs: 1_000 });
    const failing = host.use('ada', (visits) => {
      visits.count += 1;
      throw new Error('the application’s');
    });
    await expect(failing).rejects.toThrow('the application’s');
    await route.advance(1_000);
    expect(storage.log).toEqual(['ada 1']);
  });

  it('counts what uses cost', async () => {
    const { host, route } = await hostFleet();
    const weights = vi.spyOn(route.pods[0]!.server, 'setWeight');
    const busy = gate();
    const use = host.use('ada', () => busy.promise);
    await settled(route);
    await route.advance(250);
    busy.open();
    await use;
    // One for being here, and 250 ms over the time in which uses count.
    expect(weights.mock.calls).toEqual([['ada', expect.closeTo(1 + 250 / (120 / Math.LN2))]]);
    expect(weights.mock.results[0]?.value).toBe(true);
    expect([...host.entities()]).toMatchObject([
      { uid: 'ada', usedMs: 250, stays: 0, queued: 0, unsaved: true },
    ]);
    expect(host.stats()).toMatchObject({ entities: 1, unsaved: 1, opens: 1 });
  });

  it('tells a stay that its user left, once and for all', async () => {
    const { host, route, hosts } = await hostFleet({}, { pods: 2 });
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    expect(await stay.use(visit)).toBe(1);
    await route.pods[0]!.server.handOff(['ada']);
    await settled(route);
    expect(await stay.use(visit)).toBe(NOT_MINE);
    expect(await stay.closed).toEqual({ why: 'handOff', to: 1 });
    expect(await hosts[1]!.use('ada', visit)).toBe(2);
    stay.leave();
    expect(host.stats()).toMatchObject({ stays: 0, entities: 0 });
  });

  it('keeps an entity beside which a stay of an earlier one leaves', async () => {
    const { host } = await hostFleet();
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    await host.end('ada');
    await host.use('ada', visit);
    stay.leave();
    expect(host.has('ada')).toBe(true);
    expect(await host.use('ada', visit)).toBe(2);
  });

  it('of a lost state do not keep those of the next one waiting', async () => {
    const { host, route, storage, closed } = await hostFleet({ saveEveryMs: 1_000 });
    const { namespace, serviceName, executors } = route;
    const endless = gate();
    const old = watch(
      host.use('ada', async (visits) => {
        await endless.promise;
        return ++visits.count;
      }),
    );
    await settled(route);
    const next = watch(host.use('ada', visit));
    await executors.stateful.removeLinkedPod(namespace, 'ada', serviceName);
    await route.advance(4_000);
    expect(closed).toMatchObject([{ why: 'lost' }]);
    expect(next.value).toBe(1);
    await route.advance(1_000);
    expect(storage.log).toEqual(['ada 1']);
    endless.open();
    await settled(route);
    expect(old.error).toMatchObject({ code: 'NOT_SAVED' });
    expect([...host.entities()]).toMatchObject([{ uid: 'ada', unsaved: false }]);
  });

  it('of a closed state do not end the wait for a use of the next one', async () => {
    const { host, route } = await hostFleet();
    const endless = gate();
    void host.use('ada', () => endless.promise).catch(() => {});
    await settled(route);
    await route.executors.stateful.removeLinkedPod('test', 'ada', 'room');
    await settled(route);
    expect(await host.use('ada', visit)).toBe(1);
    const running = gate();
    const use = watch(host.use('ada', () => running.promise));
    const end = watch(host.end('ada'));
    endless.open();
    await settled(route);
    expect(end.isOver).toBe(false);
    running.open();
    await settled(route);
    expect(use.error).toBe(undefined);
    expect(end.value).toBe(true);
  });
});
