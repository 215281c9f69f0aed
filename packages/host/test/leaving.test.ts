import { NOT_MINE } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { type Gate, gate, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

describe('a hand-off', () => {
  it('waits for a save under way, and saves again what was done since', async () => {
    const saves: { count: number; saved: Gate }[] = [];
    const { host, route } = await hostFleet(
      {
        saveEveryMs: 1_000,
        save: ({ state }) => {
          const saved = gate();
          saves.push({ count: state.count, saved });
          return saved.promise;
        },
      },
      { pods: 2 },
    );
    await host.use('ada', visit);
    await route.advance(1_000);
    await host.use('ada', visit);
    const moved = watch(route.pods[0]!.server.handOff(['ada']));
    await settled(route);
    expect(saves.map(({ count }) => count)).toEqual([1]);
    saves[0]!.saved.open();
    await settled(route);
    expect(saves.map(({ count }) => count)).toEqual([1, 2]);
    expect(moved.isOver).toBe(false);
    saves[1]!.saved.open();
    await settled(route);
    expect(moved.value).toEqual({ left: 0, unsaved: [] });
  });

  it('saves until nothing was changed during the save', async () => {
    const counts: number[] = [];
    const { host, route } = await hostFleet(
      {
        save: async ({ state }) => {
          counts.push(state.count);
          if (counts.length === 1) {
            // A frame that was read before the socket was paused.
            state.count += 1;
            if (stay !== NOT_MINE) stay.changed();
          }
        },
      },
      { pods: 2 },
    );
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    await stay.use(visit);
    await route.pods[0]!.server.handOff(['ada']);
    expect(counts).toEqual([1, 2]);
  });

  it('moves the user of a use that runs past useTimeoutMs unsaved, names the user, and tells the use NOT_SAVED', async () => {
    const { host, route, storage, closed } = await hostFleet({ useTimeoutMs: 2_000 }, { pods: 2 });
    await host.use('ada', visit);
    const endless = gate();
    const use = watch(
      host.use('ada', async (visits) => {
        await endless.promise;
        return ++visits.count;
      }),
    );
    const moved = watch(route.pods[0]!.server.handOff(['ada']));
    await route.advance(1_999);
    expect(moved.isOver).toBe(false);
    await route.advance(2);
    await settled(route);
    expect(moved.value).toEqual({ left: 0, unsaved: ['ada'] });
    expect(closed).toMatchObject([{ why: 'handOff', to: 1 }]);
    expect(storage.log).toEqual([]);
    endless.open();
    await settled(route);
    expect(use.error).toMatchObject({ code: 'NOT_SAVED' });
  });

  it('keeps the user of a save that fails, with the state, and goes on serving', async () => {
    let isBroken = true;
    const { host, route, storage, closed } = await hostFleet(
      {
        save: ({ uid, token, state }) => {
          if (isBroken) throw new Error('broken');
          storage.store(uid, token, state);
        },
      },
      { pods: 2 },
    );
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    await stay.use(visit);
    const moved = watch(route.pods[0]!.server.handOff(['ada'], { userTimeoutMs: 1_000, deadlineMs: 5_000 }));
    await settled(route);
    const asked = watch(host.use('ada', visit));
    await route.advance(5_000);
    expect(moved.value).toEqual({ left: 1, unsaved: [] });
    expect(asked.value).toBe(2);
    expect(await stay.closed).toEqual({ why: 'handOff' });
    expect(await stay.use(visit)).toBe(NOT_MINE);
    stay.leave();
    expect(closed).toEqual([]);
    isBroken = false;
    await route.advance(10_000);
    expect(storage.stored.get('ada')).toMatchObject({ count: 2 });
    expect(await route.pods[0]!.server.handOff(['ada'])).toEqual({ left: 0, unsaved: [] });
  });

  it('gives up a save that hangs: the user is moved, and named', async () => {
    const signals: AbortSignal[] = [];
    const { host, route } = await hostFleet(
      {
        save: ({ signal }) => {
          signals.push(signal);
          return gate().promise;
        },
      },
      { pods: 2 },
    );
    await host.use('ada', visit);
    const moved = watch(route.pods[0]!.server.handOff(['ada'], { userTimeoutMs: 1_000 }));
    await route.advance(1_001);
    await settled(route);
    expect(moved.value).toEqual({ left: 0, unsaved: ['ada'] });
    expect(signals).toHaveLength(1);
    expect(signals[0]!.aborted).toBe(true);
    expect(host.has('ada')).toBe(false);
  });

  it('makes those who ask wait, so many and so long, then turns them away', async () => {
    const { host, route } = await hostFleet(
      { moveWaitMs: 1_000, moveWaitMax: 2, save: () => gate().promise },
      { pods: 2 },
    );
    await host.use('ada', visit);
    const moved = watch(route.pods[0]!.server.handOff(['ada'], { userTimeoutMs: 5_000 }));
    await settled(route);
    const asked = [0, 1, 2].map(() => watch(host.use('ada', visit)));
    await settled(route);
    expect(asked.map(({ value }) => value)).toEqual([undefined, undefined, NOT_MINE]);
    await route.advance(1_000);
    expect(asked.map(({ value }) => value)).toEqual([NOT_MINE, NOT_MINE, NOT_MINE]);
    await route.advance(5_000);
    expect(moved.value).toEqual({ left: 0, unsaved: ['ada'] });
  });

  it('does not take a user back who was just moved', async () => {
    const { host, hosts, route } = await hostFleet({}, { pods: 2 });
    await host.use('ada', visit);
    await route.pods[0]!.server.handOff(['ada']);
    expect(await host.use('ada', visit)).toBe(NOT_MINE);
    expect(await hosts[1]!.use('ada', visit)).toBe(2);
  });

  it('of a user whom the host does not know is answered at once', async () => {
    const { host, route } = await hostFleet({}, { pods: 2 });
    const { server } = route.pods[0]!;
    await server.claim('ada');
    expect(await server.handOff(['ada'])).toEqual({ left: 0, unsaved: [] });
    expect(await host.use('ada', visit)).toBe(NOT_MINE);
    await server.claim('bob');
    expect(await host.end('bob')).toBe(true);
    expect(server.holds('bob')).toBe(false);
  });

  it('that fails for such a user leaves a user whom the host knows, and lets go when idle', async () => {
    const { route, hosts } = await hostFleet({ idleAfterMs: 3_000 }, { pods: 2 });
    const { server } = route.pods[0]!;
    await server.claim('ada');
    const refusing = server.handOff(['ada'], {
      onHandOff: () => {
        throw new Error('the application refuses');
      },
      deadlineMs: 1_000,
    });
    await route.advance(1_000);
    expect(await refusing).toMatchObject({ left: 1 });
    expect(server.holds('ada')).toBe(true);
    await route.advance(3_000);
    await settled(route);
    expect(server.holds('ada')).toBe(false);
    expect(await hosts[1]!.use('ada', visit)).toBe(1);
  });

  it('takes over an end that is saving', async () => {
    const saved = gate();
    const { host, route, closed } = await hostFleet({ save: () => saved.promise }, { pods: 2 });
    await host.use('ada', visit);
    const end = watch(host.end('ada'));
    await settled(route);
    const moved = watch(route.pods[0]!.server.handOff(['ada']));
    await settled(route);
    saved.open();
    await settled(route);
    expect(end.value).toBe(true);
    expect(moved.value).toEqual({ left: 0, unsaved: [] });
    expect(closed).toHaveLength(1);
  });

  it('closes an entity whose drain had a listener of its own', async () => {
    const { host, route, closed } = await hostFleet({}, { pods: 2 });
    await host.use('ada', visit);
    await route.pods[0]!.server.handOff(['ada'], { onHandOff: () => {} });
    await settled(route);
    expect(closed).toMatchObject([{ uid: 'ada', why: 'handOff', to: 1 }]);
    expect(host.has('ada')).toBe(false);
  });
});

describe('a fence', () => {
  it('fires the signal, closes without a save, and opens anew at the next use', async () => {
    const { host, route, storage, closed } = await hostFleet();
    const { server } = route.pods[0]!;
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    await stay.use(visit);
    await server.setServiceState('FAILED');
    await settled(route);
    expect(stay.signal.aborted).toBe(true);
    expect(await stay.closed).toEqual({ why: 'fenced' });
    expect(closed).toMatchObject([{ why: 'fenced', state: { count: 1 } }]);
    expect(storage.log).toEqual([]);
    await expect(host.use('ada', visit)).rejects.toMatchObject({ code: 'FENCED' });
    await server.setServiceState('READY');
    await route.advance(3_000);
    expect(server.holds('ada')).toBe(true);
    expect(host.has('ada')).toBe(false);
    expect(await host.use('ada', visit)).toBe(1);
  });

  it('tries one save with saveWhenFenced, after the running use', async () => {
    for (const isBroken of [false, true]) {
      const saves: number[] = [];
      const { host, route, closed } = await hostFleet({
        saveWhenFenced: true,
        save: ({ state }) => {
          saves.push(state.count);
          if (isBroken) throw new Error('broken');
        },
      });
      const busy = gate();
      await host.use('ada', visit);
      const use = watch(
        host.use('ada', async (visits) => {
          await busy.promise;
          return ++visits.count;
        }),
      );
      await route.pods[0]!.server.setServiceState('FAILED');
      await settled(route);
      expect(saves).toEqual([]);
      busy.open();
      await route.advance(1_000);
      expect(saves).toEqual([2]);
      expect(closed).toMatchObject([{ why: 'fenced' }]);
      expect(use.value).toBe(2);
    }
  });

  it('lets a user go who came back with the pod and is not used', async () => {
    const { host, route } = await hostFleet({ idleAfterMs: 20_000 });
    const { server } = route.pods[0]!;
    await host.use('ada', visit);
    await server.setServiceState('FAILED');
    await server.setServiceState('READY');
    await route.advance(10_000);
    expect(server.holds('ada')).toBe(true);
    await route.advance(20_000);
    expect(server.holds('ada')).toBe(false);
  });
});

describe('close', () => {
  it('is waited for at most closeTimeoutMs before the user is opened anew, also if it fails', async () => {
    const { host, route } = await hostFleet({ closeTimeoutMs: 1_000, close: () => gate().promise });
    await host.use('ada', visit);
    const end = watch(host.end('ada'));
    await settled(route);
    const again = watch(host.use('ada', visit));
    await route.advance(999);
    expect(end.isOver).toBe(false);
    expect(again.isOver).toBe(false);
    await route.advance(1);
    await settled(route);
    expect(end.value).toBe(true);
    expect(again.value).toBe(2);
    const failing = await hostFleet({
      close: () => {
        throw new Error('broken');
      },
    });
    await failing.host.use('ada', visit);
    expect(await failing.host.end('ada')).toBe(true);
  });

  it('follows the release: the user is not held any more', async () => {
    const held: boolean[] = [];
    const fleet = await hostFleet({
      close: ({ uid }) => {
        held.push(fleet.route.pods[0]!.server.holds(uid));
      },
    });
    await fleet.host.use('ada', visit);
    await fleet.host.end('ada');
    expect(held).toEqual([false]);
  });

  it('tells what a stop leaves: why is stop', async () => {
    const { host, route, closed } = await hostFleet({
      save: () => {
        throw new Error('broken');
      },
    });
    await host.use('ada', visit);
    const stopped = watch(route.pods[0]!.stop());
    await route.advance(26_000);
    expect(stopped.value).toMatchObject({ unsaved: ['ada'] });
    expect(closed).toMatchObject([{ uid: 'ada', why: 'stop' }]);
    await route.pods[0]!.start();
    expect(await host.use('ada', visit)).toBe(1);
  });
});

describe('an end', () => {
  it('waits for an open under way, and ends what it opened', async () => {
    const opening = gate<Visits>();
    const { host, route, closed } = await hostFleet({ open: () => opening.promise });
    const use = watch(host.use('ada', visit));
    await settled(route);
    const end = watch(host.end('ada'));
    await settled(route);
    expect(end.isOver).toBe(false);
    opening.open({ count: 0 });
    await settled(route);
    expect(use.value).toBe(1);
    expect(end.value).toBe(true);
    expect(closed).toMatchObject([{ why: 'ended' }]);
  });

  it('makes those who ask meanwhile wait, and opens the user anew for them', async () => {
    const saved = gate();
    const { host, route, storage } = await hostFleet({
      save: async ({ uid, token, state }) => {
        await saved.promise;
        storage.store(uid, token, state);
      },
    });
    await host.use('ada', visit);
    const end = watch(host.end('ada'));
    await settled(route);
    const asked = watch(host.use('ada', visit));
    await settled(route);
    expect(asked.isOver).toBe(false);
    saved.open();
    await settled(route);
    expect(end.value).toBe(true);
    expect(asked.value).toBe(2);
  });

  it('twice at once ends once', async () => {
    const { host, closed } = await hostFleet();
    await host.use('ada', visit);
    expect(await Promise.all([host.end('ada'), host.end('ada')])).toEqual([true, true]);
    expect(closed).toHaveLength(1);
  });
});

describe('the driver’s holds', () => {
  it('are asked before a use: a user whom the application released is opened anew', async () => {
    const { host, route, closed } = await hostFleet();
    await host.use('ada', visit);
    await host.end('bob');
    await route.pods[0]!.server.release('ada');
    expect(await host.use('ada', visit)).toBe(1);
    expect(closed).toMatchObject([{ why: 'lost', state: { count: 1 } }]);
  });

  it('move a user whose scopes still run: who asks meanwhile waits for the save', async () => {
    const { host, route, storage } = await hostFleet({}, { pods: 2 });
    const { server } = route.pods[0]!;
    await host.use('ada', visit);
    const scope = gate();
    const scoped = server.claimScope('ada', () => scope.promise);
    await settled(route);
    const moved = watch(server.handOff(['ada']));
    await settled(route);
    const asked = watch(host.use('ada', visit));
    await settled(route);
    expect(asked.isOver).toBe(false);
    scope.open();
    await scoped;
    await settled(route);
    expect(moved.value).toEqual({ left: 0, unsaved: [] });
    expect(asked.value).toBe(NOT_MINE);
    expect(storage.log).toEqual(['ada 1']);
  });
});
