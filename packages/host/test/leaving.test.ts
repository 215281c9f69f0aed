import { NOT_MINE } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { gate, gatedSaves, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

describe('a hand-off', () => {
  it('waits for a save under way, and saves again what was done since', async () => {
    const { saves, save } = gatedSaves();
    const { host, route } = await hostFleet(
      {
        saveEveryMs: 1_000,
        save,
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

  it('keeps the user of a save that fails slowly, too', async () => {
    const { host, route, closed } = await hostFleet(
      {
        save: async () => {
          await new Promise<void>((resolve) => {
            route.clock.setTimeout(resolve, 700);
          });
          throw new Error('broken');
        },
      },
      { pods: 2 },
    );
    await host.use('ada', visit);
    const moved = watch(route.pods[0]!.server.handOff(['ada'], { userTimeoutMs: 2_000, deadlineMs: 3_000 }));
    await route.advance(3_000);
    expect(moved.value).toEqual({ left: 1, unsaved: [] });
    expect(await host.use('ada', visit)).toBe(2);
    expect(closed).toEqual([]);
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
