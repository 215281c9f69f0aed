import { NOT_MINE } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { gatedSaves, type HostFleet, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

/** A fleet whose `save` notes a change each time, and the counts that it saved. */
async function changingFleet(saveMs: number): Promise<HostFleet & { readonly saved: readonly number[] }> {
  const changed = new Map<string, () => void>();
  const saved: number[] = [];
  const fleet = await hostFleet(
    {
      saveWhenFenced: true,
      idleAfterMs: 2_000,
      open: (context) => {
        changed.set(context.uid, context.changed);
        return { count: 0 };
      },
      save: ({ uid, state }) => {
        // Enough for every test. An endless row of saves would end no test.
        if (saved.push(state.count) > 20) throw new Error('saved too often');
        state.count += 1;
        changed.get(uid)!();
        if (saveMs === 0) return undefined;
        return new Promise<void>((resolve) => {
          fleet.route.clock.setTimeout(resolve, saveMs);
        });
      },
    },
    { pods: 2 },
  );
  return { ...fleet, saved };
}

describe.each([
  ['at once', 0],
  ['later', 10],
])('a save that changes the state and ends %s', (_when, saveMs) => {
  it('is repeated once in a hand-off; the user moves, and is named', async () => {
    const { host, route, closed, saved } = await changingFleet(saveMs);
    await host.use('ada', visit);
    const moved = watch(route.pods[0]!.server.handOff(['ada']));
    await route.advance(50);
    expect(moved.value).toEqual({ left: 0, unsaved: ['ada'] });
    expect(saved).toEqual([1, 2]);
    expect(closed).toMatchObject([{ why: 'handOff', to: 1 }]);
  });

  it('is repeated once in an end, and the user goes', async () => {
    const { host, route, closed, saved } = await changingFleet(saveMs);
    await host.use('ada', visit);
    const ended = watch(host.end('ada'));
    await route.advance(50);
    expect(ended.value).toBe(true);
    expect(saved).toEqual([1, 2]);
    expect(closed).toMatchObject([{ why: 'ended' }]);
  });

  it('is repeated once when the user is idle, and the user goes', async () => {
    const { host, route, closed, saved } = await changingFleet(saveMs);
    await host.use('ada', visit);
    await route.advance(2_050);
    expect(saved).toEqual([1, 2]);
    expect(closed).toMatchObject([{ why: 'idle' }]);
    expect(host.has('ada')).toBe(false);
  });

  it('is repeated once as a fence falls, and the state is closed', async () => {
    const { host, route, closed, saved } = await changingFleet(saveMs);
    await host.use('ada', visit);
    await route.pods[0]!.server.setServiceState('FAILED');
    await route.advance(50);
    expect(saved).toEqual([1, 2]);
    expect(closed).toMatchObject([{ why: 'fenced' }]);
  });
});

describe('the last save', () => {
  it('follows one that ran already, and is repeated once for what came since', async () => {
    const { saves, save } = gatedSaves();
    const { host, route } = await hostFleet(
      {
        saveEveryMs: 1_000,
        save,
      },
      { pods: 2 },
    );
    const stay = await host.enter('ada');
    if (stay === NOT_MINE) throw new Error('not mine');
    await stay.use(visit);
    await route.advance(1_000);
    await stay.use(visit);
    const moved = watch(route.pods[0]!.server.handOff(['ada']));
    for (let at = 0; at < 3; at++) {
      await settled(route);
      expect(moved.isOver).toBe(false);
      stay.state.count += 1;
      stay.changed();
      saves[at]!.saved.open();
    }
    await settled(route);
    expect(saves.map(({ count }) => count)).toEqual([1, 3, 4]);
    expect(moved.value).toEqual({ left: 0, unsaved: ['ada'] });
  });
});
