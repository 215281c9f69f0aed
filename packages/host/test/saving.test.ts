import { NOT_MINE } from '@stateful-route/core';
import { staleToken } from '@stateful-route/host';
import { describe, expect, it } from 'vitest';
import { gate, gatedSaves, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

describe('saving', () => {
  it('begins between two uses, runs beside later ones, and saves what those did again', async () => {
    const { saves, save } = gatedSaves();
    const { host, route } = await hostFleet({
      saveEveryMs: 1_000,
      save,
    });
    await host.use('ada', visit);
    const busy = gate();
    const running = host.use('ada', async (visits) => {
      await busy.promise;
      return ++visits.count;
    });
    await route.advance(1_500);
    expect(saves).toHaveLength(0);
    busy.open();
    await running;
    expect(saves.map(({ count }) => count)).toEqual([2]);
    expect(await host.use('ada', visit)).toBe(3);
    await route.advance(5_000);
    expect(saves).toHaveLength(1);
    saves[0]!.saved.open();
    await route.advance(1_000);
    expect(saves.map(({ count }) => count)).toEqual([2, 3]);
    saves[1]!.saved.open();
    await settled(route);
    expect(host.stats()).toMatchObject({ unsaved: 0, saves: 2 });
  });

  it('tries again after 100 ms, doubling to 10 s', async () => {
    const at: number[] = [];
    const fleet = await hostFleet({
      saveEveryMs: 1_000,
      idleAfterMs: false,
      save: () => {
        at.push(fleet.route.clock.monotonic());
        throw new Error('broken');
      },
    });
    await fleet.host.use('ada', visit);
    await fleet.route.advance(60_000);
    const waits = at.slice(1).map((time, index) => time - at[index]!);
    expect(waits.slice(0, 9)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(fleet.host.stats().saveFailures).toBe(at.length);
  });

  it('answers a use after a save that began after it, with saveAfter use; several share one', async () => {
    const { saves, save } = gatedSaves();
    const { host, route } = await hostFleet({
      saveAfter: 'use',
      save,
    });
    const first = watch(host.use('ada', visit));
    await settled(route);
    const later = [watch(host.use('ada', visit)), watch(host.use('ada', visit))];
    await settled(route);
    expect(saves).toHaveLength(1);
    saves[0]!.saved.open();
    await settled(route);
    expect(first.value).toBe(1);
    expect(later.some(({ isOver }) => isOver)).toBe(false);
    expect(saves).toHaveLength(2);
    saves[1]!.saved.open();
    await settled(route);
    expect(later.map(({ value }) => value)).toEqual([2, 3]);
  });

  it('tells NOT_SAVED if the claim is lost before the save', async () => {
    const signals: AbortSignal[] = [];
    const { host, route, closed } = await hostFleet(
      {
        saveAfter: 'use',
        save: ({ signal }) => {
          signals.push(signal);
          return gate().promise;
        },
      },
      { pods: 2 },
    );
    const use = watch(host.use('ada', visit));
    await settled(route);
    await route.pods[1]!.server.setLinkedPod('test', 'ada', 'room', 1);
    await settled(route);
    expect(use.error).toMatchObject({ code: 'NOT_SAVED', uid: 'ada', retryable: false });
    expect(signals[0]!.aborted).toBe(true);
    expect(closed).toMatchObject([{ why: 'lost' }]);
  });

  it('runs at most saveConcurrency saves at a time, and gives the slot of a user who leaves to others', async () => {
    const saving: string[] = [];
    const { host, route } = await hostFleet(
      {
        saveEveryMs: 1_000,
        saveConcurrency: 1,
        save: async ({ uid }) => {
          saving.push(uid);
          if (uid === 'ada') await gate().promise;
        },
      },
      { pods: 2 },
    );
    await host.use('ada', visit);
    await host.use('bob', visit);
    await route.advance(1_000);
    expect(saving).toEqual(['ada']);
    await route.pods[1]!.server.setLinkedPod('test', 'ada', 'room', 1);
    await settled(route);
    expect(saving).toEqual(['ada', 'bob']);
  });

  it('does not keep a slot for a use that runs for longer than useTimeoutMs', async () => {
    const saving: string[] = [];
    const first = gate();
    const { host, route } = await hostFleet({
      saveEveryMs: 1_000,
      useTimeoutMs: 2_000,
      saveConcurrency: 1,
      save: async ({ uid }) => {
        saving.push(uid);
        if (saving.length === 1) await first.promise;
      },
    });
    const endless = gate();
    await host.use('first', visit);
    await host.use('ada', visit);
    await route.advance(1_000);
    void host.use('ada', () => endless.promise);
    await host.use('bob', visit);
    await route.advance(1_000);
    first.open();
    await settled(route);
    expect(saving).toEqual(['first']);
    await route.advance(2_000);
    expect(saving).toEqual(['first', 'bob']);
    endless.open();
    await settled(route);
    expect(saving).toEqual(['first', 'bob', 'ada']);
  });

  it('loses an entity whose storage knows a greater token', async () => {
    const { host, route, closed } = await hostFleet({
      saveEveryMs: 1_000,
      save: ({ token }) => {
        throw staleToken(token + 1);
      },
    });
    await host.use('ada', visit);
    await route.advance(1_000);
    await settled(route);
    expect(closed).toMatchObject([{ why: 'lost' }]);
    expect(route.pods[0]!.server.holds('ada')).toBe(false);
  });

  it('saves what was changed outside of a use', async () => {
    let changed = (): void => {};
    const { host, route, storage } = await hostFleet({
      saveEveryMs: 1_000,
      open: (context) => {
        context.changed();
        ({ changed } = context);
        return { count: 0 };
      },
    });
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    await route.advance(1_000);
    expect(storage.log).toEqual([]);
    stay.state.count += 1;
    stay.changed();
    await route.advance(1_000);
    expect(storage.log).toEqual(['ada 1']);
    stay.state.count += 1;
    changed();
    await route.advance(1_000);
    expect(storage.log).toEqual(['ada 1', 'ada 2']);
    stay.leave();
    await host.end('ada');
    changed();
    stay.changed();
    await route.advance(5_000);
    expect(storage.log).toEqual(['ada 1', 'ada 2']);
  });

  it('rejects an end whose save fails, and keeps the user and what was done', async () => {
    let isBroken = true;
    const { host, route, storage } = await hostFleet({
      save: ({ uid, token, state }) => {
        if (isBroken) throw new Error('broken');
        storage.store(uid, token, state);
      },
    });
    await host.use('ada', visit);
    const end = watch(host.end('ada'));
    await route.advance(5_000);
    expect(end.error).toMatchObject({ message: 'broken' });
    isBroken = false;
    expect(await host.use('ada', visit)).toBe(2);
    expect(await host.end('ada')).toBe(true);
    expect(storage.log).toEqual(['ada 2']);
  });

  it('keeps an idle user until a failing save succeeds, and a use in between ends the idle time', async () => {
    let isBroken = true;
    const { host, route, storage } = await hostFleet({
      idleAfterMs: 2_000,
      saveEveryMs: 1_000,
      save: ({ uid, token, state }) => {
        if (isBroken) throw new Error('broken');
        storage.store(uid, token, state);
      },
    });
    await host.use('ada', visit);
    await route.advance(3_000);
    expect(host.has('ada')).toBe(true);
    expect(await host.use('ada', visit)).toBe(2);
    isBroken = false;
    await route.advance(1_900);
    expect(host.has('ada')).toBe(true);
    await route.advance(2_000);
    expect(host.has('ada')).toBe(false);
    expect(storage.stored.get('ada')).toMatchObject({ count: 2 });
  });

  it('with saveWhenFenced saves once as a fence falls in the middle of a hand-off', async () => {
    const { host, route, storage, closed } = await hostFleet({ saveWhenFenced: true }, { pods: 2 });
    const { server } = route.pods[0]!;
    const busy = gate();
    const use = watch(host.use('ada', (visits) => busy.promise.then(() => ++visits.count)));
    await settled(route);
    watch(server.handOff(['ada']));
    await settled(route);
    await server.setServiceState('FAILED');
    await settled(route);
    expect(closed).toEqual([]);
    busy.open();
    await settled(route);
    expect(use.value).toBe(1);
    expect(storage.log).toEqual(['ada 1']);
    expect(closed).toMatchObject([{ why: 'fenced' }]);
  });

  it('with saveWhenFenced does not give up the save of a hand-off that a fence ends', async () => {
    const { saves, save } = gatedSaves();
    const { host, route, closed } = await hostFleet(
      {
        saveWhenFenced: true,
        save,
      },
      { pods: 2 },
    );
    const { server } = route.pods[0]!;
    await host.use('ada', visit);
    watch(server.handOff(['ada']));
    await settled(route);
    await server.setServiceState('FAILED');
    await settled(route);
    expect(saves.map(({ signal }) => signal.aborted)).toEqual([false]);
    expect(closed).toEqual([]);
    saves[0]!.saved.open();
    await settled(route);
    expect(saves).toHaveLength(1);
    expect(closed).toMatchObject([{ why: 'fenced' }]);
  });

  it('gives a place that comes free behind an endless use to another user', async () => {
    const { saves, save } = gatedSaves();
    const { host, route } = await hostFleet({
      saveConcurrency: 1,
      saveEveryMs: 1_000,
      useTimeoutMs: 2_000,
      save,
    });
    const uids = (): string[] => saves.map(({ uid }) => uid);
    await host.use('ada', visit);
    await route.advance(1_000);
    await host.use('bob', visit);
    await route.advance(1_000);
    const endless = gate();
    watch(host.use('bob', () => endless.promise));
    await route.advance(2_000);
    await host.use('cleo', visit);
    await route.advance(1_000);
    expect(uids()).toEqual(['ada']);
    saves[0]!.saved.open();
    await settled(route);
    expect(uids()).toEqual(['ada', 'cleo']);
    endless.open();
    saves[1]!.saved.open();
    await settled(route);
    expect(uids()).toEqual(['ada', 'cleo', 'bob']);
  });
});
