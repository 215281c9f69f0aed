import { AsyncLocalStorage } from 'node:async_hooks';
import { queryObjects } from 'node:v8';
import { type CallOptions, NOT_MINE } from '@stateful-route/core';
import { describe, expect, it, vi } from 'vitest';
import { Entity } from '../src/entities/entity.ts';
import { gate, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

/** How many entities are in memory. Collects garbage first, so that it may also fall: what an earlier test left goes late. */
const kept = (): number => (queryObjects as unknown as (type: unknown) => number)(Entity);

describe('nothing is kept', () => {
  it('of users who were refused, as a queue was full or their signal had fired', async () => {
    const { host, route } = await hostFleet({ useQueueMax: 1, open: () => gate<Visits>().promise });
    const before = kept();
    const signal = AbortSignal.abort(new Error('gone'));
    const refusals = new Set<unknown>();
    const ask = async (options?: CallOptions): Promise<void> => {
      for (let user = 0; user < 20; user++) {
        await host.use(`user ${user}`, visit, options).catch((error: Error) => refusals.add(error.name));
        await host.enter(`stay ${user}`, options).catch((error: Error) => refusals.add(error.name));
      }
    };
    await ask({ signal });
    expect(kept()).toBeLessThanOrEqual(before);
    watch(host.use('ada', visit));
    await settled(route);
    await ask();
    expect([...refusals]).toEqual(['Error', 'RouteError']);
    expect(kept()).toBeLessThanOrEqual(before + 1);
  });

  it('of users who were unknown here, as a fence ends their hand-off', async () => {
    const { route } = await hostFleet({}, { pods: 2 });
    const before = kept();
    const { server } = route.pods[0]!;
    for (let user = 0; user < 5; user++) await server.claim(`user ${user}`);
    const drained = watch(server.drain({ onHandOff: () => gate().promise, deadlineMs: 1_000 }));
    await settled(route);
    await server.setServiceState('FAILED');
    await route.advance(2_000);
    expect(drained.isOver).toBe(true);
    expect(kept()).toBeLessThanOrEqual(before);
  });

  it('of a stay whose signal fires just as it begins', async () => {
    const stays: number[] = [];
    for (let turns = 0; turns < 12; turns++) {
      const opened = gate<Visits>();
      const gone = new AbortController();
      const { host, route } = await hostFleet({ open: () => opened.promise });
      const entering = host.enter('ada', { signal: gone.signal });
      watch(entering.then((stay) => stay !== NOT_MINE && stay.leave()));
      await settled(route);
      opened.open({ count: 0 });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      gone.abort();
      await settled(route);
      stays.push(host.stats().stays);
    }
    expect(stays).toEqual(stays.map(() => 0));
  });

  it('of uses that have ended, however many start each other', async () => {
    const { host } = await hostFleet();
    const run = vi.spyOn(AsyncLocalStorage.prototype, 'run');
    const around: unknown[] = [];
    const over = gate();
    const tick = async (): Promise<void> => {
      await host.use('ada', () => {
        const inside = run.mock.lastCall?.[0] as { readonly outer: unknown };
        if (around.push(inside.outer) < 3) setImmediate(() => void tick());
        else over.open();
      });
    };
    await tick();
    await over.promise;
    run.mockRestore();
    expect(around).toEqual([undefined, undefined, undefined]);
  });
});
