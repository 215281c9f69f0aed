import { isRouteError, NOT_MINE } from '@stateful-route/core';
import { staleToken } from '@stateful-route/host';
import { describe, expect, it } from 'vitest';
import { type Gate, gate, hostFleet, settled, type Visits, watch } from './fixtures.ts';

const visit = (visits: Visits): number => ++visits.count;

describe('opening', () => {
  it('runs at most openConcurrency opens at a time, in the order asked', async () => {
    const gates = new Map<string, Gate<Visits>>();
    const { host, route } = await hostFleet({
      openConcurrency: 2,
      open: ({ uid }) => {
        const opening = gate<Visits>();
        gates.set(uid, opening);
        return opening.promise;
      },
    });
    const uses = ['ada', 'bob', 'cleo', 'dan'].map((uid) => host.use(uid, visit));
    await settled(route);
    expect([...gates.keys()]).toEqual(['ada', 'bob']);
    expect(host.stats().opening).toBe(2);
    gates.get('bob')!.open({ count: 0 });
    await settled(route);
    expect([...gates.keys()]).toEqual(['ada', 'bob', 'cleo']);
    gates.get('ada')!.fail(new Error('broken'));
    gates.get('cleo')!.open({ count: 0 });
    await expect(uses[0]).rejects.toThrow('broken');
    await settled(route);
    gates.get('dan')!.open({ count: 0 });
    expect(await Promise.all(uses.slice(1))).toEqual([1, 1, 1]);
    expect(host.stats().opening).toBe(0);
  });

  it('gives the claim back after a failed open, and answers its error for 250 ms, doubling to 10 s', async () => {
    let opens = 0;
    const { host, route } = await hostFleet({
      open: () => {
        opens += 1;
        throw new Error(`broken ${opens}`);
      },
    });
    await expect(host.use('ada', visit)).rejects.toThrow('broken 1');
    await settled(route);
    expect(route.pods[0]!.server.holds('ada')).toBe(false);
    for (let failures = 1; failures <= 8; failures++) {
      const waitMs = Math.min(10_000, 250 * 2 ** (failures - 1));
      await expect(host.use('ada', visit)).rejects.toThrow(`broken ${failures}`);
      await route.advance(waitMs - 1);
      await expect(host.enter('ada')).rejects.toThrow(`broken ${failures}`);
      await route.advance(1);
      await expect(host.use('ada', visit)).rejects.toThrow(`broken ${failures + 1}`);
      await settled(route);
    }
    expect(host.stats()).toMatchObject({ openFailures: 9, opens: 0, entities: 0 });
  });

  it('fails an open that takes longer than openTimeoutMs, and closes its state when it comes after all', async () => {
    const opening = gate<Visits>();
    const signals: AbortSignal[] = [];
    const { host, route, closed } = await hostFleet({
      openTimeoutMs: 3_000,
      open: ({ signal }) => {
        signals.push(signal);
        return signals.length === 1 ? opening.promise : { count: 10 };
      },
    });
    const asked = watch(host.use('ada', visit));
    await route.advance(2_999);
    expect(asked.isOver).toBe(false);
    await route.advance(1);
    expect(asked.error).toMatchObject({ code: 'TIMEOUT' });
    expect(signals[0]!.aborted).toBe(true);
    await route.advance(250);
    const again = watch(host.use('ada', visit));
    await settled(route);
    expect(signals).toHaveLength(1);
    opening.open({ count: 5 });
    await settled(route);
    expect(closed).toMatchObject([{ uid: 'ada', why: 'lost', state: { count: 5 } }]);
    expect(again.value).toBe(11);
  });

  it('claims again above a token that the storage knows, a bounded number of times', async () => {
    const tokens: number[] = [];
    const seen = 2 ** 52;
    const { host } = await hostFleet({
      open: ({ token }) => {
        tokens.push(token);
        if (token <= seen) throw staleToken(seen);
        return { count: 0 };
      },
    });
    expect(await host.use('ada', visit)).toBe(1);
    expect(tokens[1]).toBe(seen + 1);
    const stubborn = await hostFleet({
      open: ({ token }) => {
        throw staleToken(token);
      },
    });
    await expect(stubborn.host.use('ada', visit)).rejects.toMatchObject({ name: 'StaleTokenError' });
    expect(stubborn.route.pods[0]!.server.holds('ada')).toBe(false);
  });

  it('refuses what no token can be, and the user is opened once the storage knows better', async () => {
    const wrong = [2 ** 53 - 1, 2 ** 53, -1, 0.5, Number.NaN, '5', undefined];
    for (const seen of wrong) {
      expect(() => staleToken(seen as number)).toThrow(
        expect.objectContaining({ code: 'INVALID_PARAMETER', parameter: 'seen' }),
      );
    }
    // As another copy of this package makes it, which checks nothing.
    const brand = Object.getOwnPropertySymbols(staleToken(1))[0]!;
    const seen = [2 ** 53 - 1, Number.NaN];
    const errors = seen.map((value) => Object.assign(new Error('damaged'), { [brand]: value }));
    const { host, route } = await hostFleet({
      open: () => {
        const error = errors.pop();
        if (error) throw error;
        return { count: 0 };
      },
    });
    for (let tries = 0; tries < seen.length; tries++) {
      await expect(host.use('ada', visit)).rejects.toThrow('damaged');
      await route.advance(1_000);
    }
    expect(await host.use('ada', visit)).toBe(1);
  });

  it('is not of a pod where another one has the user', async () => {
    const { host, hosts } = await hostFleet({}, { pods: 2 });
    expect(await host.use('ada', visit)).toBe(1);
    expect(await hosts[1]!.use('ada', visit)).toBe(NOT_MINE);
    expect(await hosts[1]!.enter('ada')).toBe(NOT_MINE);
    expect(hosts[1]!.has('ada')).toBe(false);
  });

  it('closes a state that is opened after its claim was lost', async () => {
    const opening = gate<Visits>();
    const { host, route, closed } = await hostFleet({ open: () => opening.promise }, { pods: 2 });
    const asked = watch(host.use('ada', visit));
    await settled(route);
    await route.pods[1]!.server.setLinkedPod('test', 'ada', 'room', 1);
    await settled(route);
    opening.open({ count: 7 });
    await settled(route);
    expect(asked.value).toBe(NOT_MINE);
    expect(closed).toMatchObject([{ why: 'lost', state: { count: 7 } }]);
  });

  it('hands over a user whose state is being opened at once, and closes it when it comes', async () => {
    const opening = gate<Visits>();
    const { host, route, closed } = await hostFleet({ open: () => opening.promise }, { pods: 2 });
    const asked = watch(host.use('ada', visit));
    await settled(route);
    expect(await route.pods[0]!.server.handOff(['ada'])).toEqual({ left: 0, unsaved: [] });
    await settled(route);
    expect(asked.value).toBe(NOT_MINE);
    opening.open({ count: 0 });
    await settled(route);
    expect(closed).toMatchObject([{ why: 'handOff' }]);
    expect(await route.gateway.service('room').locate('ada')).toMatchObject({ podId: 1 });
  });

  it('lets the longest idle user go for a new one if the pod is full, else turns the new one away', async () => {
    for (const maxUsers of [undefined, 2]) {
      const { host, route, storage } = await hostFleet(
        { maxUsers },
        { pods: 1, config: maxUsers === undefined ? { maxUsers: 2 } : {} },
      );
      await host.use('ada', visit);
      await route.advance(10);
      await host.use('bob', visit);
      await host.use('ada', visit);
      expect(await host.use('cleo', visit)).toBe(1);
      expect([...host.entities()].map(({ uid }) => uid).toSorted()).toEqual(['ada', 'cleo']);
      expect(storage.stored.get('bob')).toMatchObject({ count: 1 });
      if (maxUsers !== undefined) continue;
      await host.enter('ada');
      await host.enter('cleo');
      expect(await host.use('bob', visit)).toBe(NOT_MINE);
    }
  });

  it('turns a new user away if the longest idle one cannot be saved', async () => {
    const { host, route } = await hostFleet({
      maxUsers: 1,
      useTimeoutMs: 1_000,
      save: () => {
        throw new Error('broken');
      },
    });
    for (const uid of ['bob', 'cleo']) {
      await host.use('ada', visit);
      const asked = watch(host.use(uid, visit));
      await route.advance(500);
      expect(asked.isOver).toBe(false);
      // Being used, it stays.
      if (uid === 'cleo') await host.use('ada', visit);
      await route.advance(2_500);
      expect(asked.value).toBe(NOT_MINE);
    }
    expect(host.has('ada')).toBe(true);
  });

  it('tells what the driver tells: a claim that fails is the asker’s error', async () => {
    const { host, route } = await hostFleet({}, { pods: 1 });
    await route.pods[0]!.server.setServiceState('FAILED');
    await expect(host.use('ada', visit)).rejects.toSatisfy((error) => isRouteError(error, 'FENCED'));
    await expect(host.use('', visit)).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
    await expect(host.use('ada', visit, { timeoutMs: -1 })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER',
    });
  });

  it('lets in as many as maxUsers of those who come at once', async () => {
    const { host, route } = await hostFleet({ maxUsers: 2 });
    const busy = gate();
    const uids = Array.from({ length: 10 }, (_, user) => `user ${user}`);
    const answers = uids.map((uid) => watch(host.use(uid, () => busy.promise)));
    await settled(route);
    expect(host.stats().entities).toBe(2);
    expect(answers.filter(({ value }) => value === NOT_MINE)).toHaveLength(8);
    busy.open();
    await settled(route);
    // The longest idle goes for a new one.
    expect(await host.use('new', visit)).toBe(1);
    expect(host.stats().entities).toBe(2);
  });
});
