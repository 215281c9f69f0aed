import { NOT_MINE } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { gate, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

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
