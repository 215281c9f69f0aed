import { until } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fleet, kinds, type Servers } from './support/fleet.ts';
import { start } from './support/routectl.ts';

describe.each(kinds)('on %s', (_, startServers) => {
  let servers: Servers;
  let fleet: Fleet;
  beforeAll(async () => {
    servers = await startServers();
  });
  beforeEach(() => {
    fleet = new Fleet(servers);
  });
  afterEach(() => fleet.stop());
  afterAll(() => servers.stop());

  /** The journal's entries of some types, without what is by chance. */
  async function journal(...types: string[]): Promise<object[]> {
    const { out } = await fleet.routectl('events', '--type', types.join(','), '--json');
    const lines = out === '' ? [] : out.trimEnd().split('\n');
    return lines.map((line) => {
      const { id: _id, at: _at, ...entry } = JSON.parse(line) as Record<string, unknown>;
      return entry;
    });
  }

  it('pin and unpin say where a user is placed, and tell the journal', async () => {
    const [, pod] = await Promise.all([fleet.pod(0), fleet.pod(1), fleet.pod(2)]);
    await pod.server.claim('ada');
    expect(await fleet.routectl('pin', 'ada', 'room-2', '--as', 'carol')).toEqual({
      status: 0,
      out: 'ada is pinned to room-2, and is placed there while it takes users. The user stays at room-1 for now. To move: routectl move ada room-2\n',
      err: '',
    });
    expect(await fleet.json('pin', 'bob', '0', '--as', 'carol')).toMatchObject({
      exit: 0,
      uid: 'bob',
      podId: 0,
      by: 'carol',
    });
    expect(await fleet.json('pin', 'ada', '2', '--as', 'dave')).toMatchObject({
      exit: 0,
      before: { podId: 2, by: 'carol' },
      at: 1,
    });
    expect(await fleet.json('pin', 'ada', '0', '--as', 'dave')).toMatchObject({ before: { podId: 2 } });
    const { stateful } = fleet.store.executors;
    const pinOf = async (uid: string) => (await stateful.getLink(fleet.namespace, uid, 'room')).pin;
    expect(await pinOf('ada')).toMatchObject({ podId: 0, by: 'dave' });
    expect(pod.server.holds('ada')).toBe(true);

    expect((await fleet.routectl('unpin', 'ada', '--as', 'eve')).out).toBe(
      'ada is not pinned to room-0 any more.\n',
    );
    expect(await pinOf('ada')).toBeUndefined();
    expect(await fleet.routectl('unpin', 'ada')).toMatchObject({
      status: 4,
      err: 'error: ada is not pinned in room.\n',
    });
    expect(await fleet.routectl('pin', 'ada', '7')).toMatchObject({
      status: 4,
      err: 'error: room has no pod 7, but 0, 1, 2.\n',
    });
    expect(await journal('pinned', 'unpinned')).toEqual([
      { type: 'pinned', podId: 2, uid: 'ada', by: 'carol' },
      { type: 'pinned', podId: 0, uid: 'bob', by: 'carol' },
      { type: 'pinned', podId: 0, uid: 'ada', by: 'dave' },
      { type: 'unpinned', podId: 0, uid: 'ada', by: 'eve' },
    ]);
  });

  it('unquarantine places a user again, and tells the journal', async () => {
    await fleet.pod(0);
    const { stateful, server } = fleet.store.executors;
    const { namespace } = fleet;
    for (const podId of [0, 1, 2]) {
      const { token = 0 } = await stateful.setLinkedPod(namespace, 'ada', 'room', podId, -1);
      await stateful.replaceLinkedPod(namespace, 'ada', 'room', podId, podId + 1, 60, {
        ifToken: token,
        ownerDiedAt: Math.floor(token / 1_000) + podId,
        poison: 'quarantine',
      });
    }
    await server.quarantineUser(namespace, 'room', 'ada', 60_000);
    expect(await stateful.setLinkedPodIfAbsent(namespace, 'ada', 'room', 0, 60)).toMatchObject({
      created: false,
      quarantinedUntil: expect.any(Number) as number,
    });
    expect((await fleet.routectl('explain', 'ada')).out).toContain('ada is quarantined');
    expect(await fleet.routectl('unquarantine', 'ada', '--as', 'carol')).toMatchObject({
      status: 0,
      out: 'ada is not quarantined in room any more.\n',
    });
    expect(await fleet.routectl('unquarantine', 'ada')).toMatchObject({
      status: 4,
      err: 'error: ada is not quarantined in room.\n',
    });
    expect(await stateful.setLinkedPodIfAbsent(namespace, 'ada', 'room', 0, 60)).toMatchObject({
      created: true,
    });
    expect(await journal('quarantined', 'unquarantined')).toEqual([
      { type: 'quarantined', uid: 'ada' },
      { type: 'unquarantined', uid: 'ada', by: 'carol' },
    ]);
  });

  it('freeze and unfreeze say so, once in the journal, and status shows it', async () => {
    await fleet.pod(0);
    const frozen = 'room is frozen: its pods are not evened out. Placements, drains and orders go on.';
    expect((await fleet.routectl('freeze', '--as', 'carol')).out).toBe(`${frozen}\n`);
    expect((await fleet.routectl('freeze', '--as', 'dave')).out).toBe(`${frozen} It was so before.\n`);
    const { out } = await fleet.routectl('status');
    expect(out).toMatch(/ frozen\n/);
    expect(out).toMatch(/room: frozen: frozen by carol \S+ ago: the pods are not evened out\n$/);
    expect(await fleet.json('unfreeze', '--as', 'eve')).toMatchObject({
      exit: 0,
      frozen: false,
      changed: true,
    });
    expect(await fleet.json('unfreeze', '--as', 'eve')).toMatchObject({ exit: 0, changed: false });
    expect((await fleet.routectl('status')).out).not.toContain('frozen');
    expect(await journal('frozen', 'unfrozen')).toEqual([
      { type: 'frozen', by: 'carol' },
      { type: 'unfrozen', by: 'eve' },
    ]);
    for (const command of [['freeze'], ['rebalance', '--dry-run'], ['scale-in', '1']]) {
      expect(await fleet.routectl(...command, '-s', 'roon')).toMatchObject({ status: 4, out: '' });
    }
  });

  it('rebalance shows what would be moved, and has the pods move it', async () => {
    const drain = { onHandOff: async () => {} };
    const [a] = await Promise.all([fleet.pod(0, { drain }), fleet.pod(1, { drain })]);
    for (let at = 0; at < 20; at++) await a.server.claim(`user-${at}`);
    await fleet.published(0, { users: 20 });
    // A young directory is not evened out.
    await until('the directory is older', async () => (await planned()).hold === undefined);
    expect(await planned()).toMatchObject({
      exit: 0,
      dryRun: true,
      moves: [{ podId: 0, to: 1, users: 9 }],
    });
    expect(a.server.held().size).toBe(20);
    const text = await fleet.routectl('rebalance', '--dry-run', '--read-only', '--rate', '3');
    expect(text.out).toMatch(/\n +0 +1 +9 +- +addition\n\n9 users to be moved, in 3\.0s at least\.\n$/);

    await fleet.routectl('freeze', '--as', 'carol');
    expect(await fleet.routectl('rebalance')).toMatchObject({
      status: 7,
      err: 'error: room is not evened out: it is frozen. To go on: routectl unfreeze.\n',
    });
    expect((await fleet.routectl('rebalance', '--dry-run')).out).toContain('it is frozen');
    await fleet.routectl('unfreeze', '--as', 'carol');

    const done = await fleet.json('rebalance', '--rate', '1000', '--as', 'carol');
    expect(done).toMatchObject({ exit: 0, moved: 9, left: 0, by: 'carol' });
    expect(a.server.held().size).toBe(11);
    expect(await journal('order-ended')).toMatchObject([
      { podId: 0, outcome: 'done', moved: 9, by: 'carol' },
    ]);
    // Pod 1 does not show those users yet: another plan would move more.
    await fleet.published(0, { users: 11 });
    expect(await fleet.routectl('rebalance')).toMatchObject({
      status: 7,
      err: expect.stringContaining('less than a minute ago') as string,
    });
    expect(a.server.held().size).toBe(11);
  });

  it('rebalance says that pods give nobody away', async () => {
    const [a] = await Promise.all([fleet.pod(0), fleet.pod(1)]);
    for (let at = 0; at < 10; at++) await a.server.claim(`user-${at}`);
    await fleet.published(0, { users: 10 });
    await until('the directory is older', async () => (await planned()).hold === undefined);
    expect(await fleet.json('rebalance', '--rate', '1000')).toMatchObject({
      exit: 1,
      error: { status: 1, moved: 0, left: 4 },
    });
    expect(a.server.held().size).toBe(10);
  });

  it('rebalance ends between two orders when the service is frozen', async () => {
    const drain = { onHandOff: async () => {} };
    const [a] = await Promise.all([fleet.pod(0, { drain }), fleet.pod(1, { drain })]);
    for (let at = 0; at < 20; at++) await a.server.claim(`user-${at}`);
    await fleet.published(0, { users: 20 });
    await until('the directory is older', async () => (await planned()).hold === undefined);
    const moving = start(fleet.args('rebalance', '--rate', '1'));
    await until('the first order', () => a.server.held().size === 15);
    await fleet.routectl('freeze');
    expect(await moving.ended()).toEqual({
      status: 7,
      out: '',
      err: 'error: 5 users moved, 4 left. room is not evened out further: it is frozen. To go on: routectl unfreeze.\n',
    });
    expect(a.server.held().size).toBe(15);
  });

  it('during an update nobody is evened out, and explain shows what each filter makes of the pods', async () => {
    const config = { maxUsers: 3 };
    const [a] = await Promise.all([
      fleet.pod(0, { config, revision: 'r1' }),
      fleet.pod(1, { config, revision: 'r2' }),
    ]);
    for (const uid of ['ada', 'bob', 'eve']) await a.server.claim(uid);
    await fleet.published(0, { users: 3 });
    await until('the directory is older', async () => (await planned()).hold !== 'young directory');
    expect(await planned()).toMatchObject({ hold: 'update', moves: [{ podId: 0, to: 1 }] });
    expect(await fleet.routectl('rebalance')).toMatchObject({
      status: 7,
      err: 'error: room is not evened out: a rolling update runs.\n',
    });
    const { out } = await fleet.routectl('explain', 'joe');
    expect(out).toMatch(/\nPreferred by newestRevision: .*r2.*\. It accepts 1 candidate\.\n/);
    expect(out).toMatch(/\nPOD +CANDIDATE +LOAD +SCORE +USERS +FREE +REVISION +ADDRESS\n/);
    expect(out).toMatch(/\n +0 +no: full .* 3\/3 +0 +r1 /);
    expect(out).toMatch(/\n +1 +yes .* 0\/3 +3 +r2 /);
  });

  const planned = () => fleet.json<{ hold?: string }>('rebalance', '--dry-run');
});
