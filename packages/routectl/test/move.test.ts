import type { JournalEntry, MoveOrder, OrderReport } from '@stateful-route/core';
import type { PodReport } from '@stateful-route/core/adapter';
import { until } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fleet, kinds, type Servers } from './support/fleet.ts';
import { type RunningCommand, start, startOnTerminal } from './support/routectl.ts';

type Given = Extract<JournalEntry, { readonly type: 'order' }>;

describe.each(kinds)('move on %s', (_, startServers) => {
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

  const incarnation = (podId: number) => `1764240000000.run-${podId}.0`;

  /** A pod that is only an entry: what it does with orders, the test does. */
  async function entry(podId: number, fields: Partial<PodReport> = {}): Promise<void> {
    const report = {
      state: 'READY',
      routingState: 'READY',
      loadState: 0,
      incarnation: incarnation(podId),
      seq: 0,
      beatenBefore: false,
      leaseMs: 60_000,
      updatePeriodMs: 60_000,
      ...fields,
    } as const;
    const { stateful, server } = fleet.store.executors;
    await stateful.setServiceState(fleet.namespace, 'room', podId, report);
    await server.registerService(fleet.namespace, 'room');
  }

  /** A claim of a pod that is only an entry. */
  async function claim(uid: string, podId: number): Promise<number> {
    const { stateful } = fleet.store.executors;
    const { token } = await stateful.trySetLinkedPod(fleet.namespace, uid, 'room', podId, -1, {
      incarnation: incarnation(podId),
      leaseMs: 60_000,
    });
    return token!;
  }

  /** Takes the order that a command gives, as its pod does. */
  async function taken(podId: number): Promise<MoveOrder> {
    const { server } = fleet.store.executors;
    let given: Given | undefined;
    await until('an order', async () => {
      const { entries } = await server.readJournal(fleet.namespace, 'room', { types: ['order'], podId });
      given = entries.at(-1) as Given | undefined;
      return given !== undefined;
    });
    const { order } = given!;
    const by = { incarnation: incarnation(podId) };
    expect(await server.takeOrder(fleet.namespace, 'room', podId, order.id, by)).toBe(true);
    return order as MoveOrder;
  }

  const report = (podId: number, { id }: MoveOrder, outcome: OrderReport) =>
    fleet.store.executors.server.orderDone(fleet.namespace, 'room', podId, id, outcome);

  const isAt = async (uid: string) => {
    const { podId, permanent, reason } = await fleet.store.executors.stateful.getLink(
      fleet.namespace,
      uid,
      'room',
    );
    return { podId, permanent, why: reason?.why, by: reason?.by };
  };

  it('orders the owner of a claim to hand the user over, and waits until it has', async () => {
    await Promise.all([entry(0), entry(2)]);
    const token = await claim('ada', 0);
    const moving = start(fleet.args('move', 'ada', 'room-2', '--as', 'carol', '--json'));
    const order = await taken(0);
    expect(order).toMatchObject({ kind: 'move', uid: 'ada', to: 2, by: 'carol' });
    expect(moving.out).toBe('');
    await fleet.store.executors.stateful.replaceLinkedPod(fleet.namespace, 'ada', 'room', 0, 2, 60, {
      ifToken: token,
      why: 'moved',
      by: order.by,
    });
    await report(0, order, { outcome: 'done', moved: 1 });
    const { status, out, err } = await moving.ended();
    expect([status, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual({
      namespace: fleet.namespace,
      service: 'room',
      uid: 'ada',
      from: 0,
      to: 2,
      link: 'claim',
      by: 'carol',
      orderId: order.id,
      outcome: 'done',
      unsaved: 0,
    });
    expect(await isAt('ada')).toEqual({ podId: 2, permanent: false, why: 'moved', by: 'carol' });
    expect((await fleet.routectl('events', '--user', 'ada')).out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/ order +room-0 ada {2}kind move {2}id \S+ {2}to 2 {2}until 20\S+Z {2}by carol$/),
      expect.stringMatching(/ order-ended +room-0 ada .* outcome done .* by carol$/),
    ]);
  });

  it.each([
    [{ outcome: 'done', moved: 1 }, 0, 'ada moved from room-0 to room-2.\n', ''],
    [{ outcome: 'done', moved: 1, unsaved: 1 }, 0, /^ada moved .* Its state was not saved\.\n$/, ''],
    [{ outcome: 'not-held', moved: 0 }, 4, '', /^error: room-0 does not hold ada any more\. /],
    [{ outcome: 'left', moved: 0, left: 1 }, 1, '', /^error: ada is still at room-0: /],
    [{ outcome: 'refused', moved: 0 }, 7, '', /^error: room-0 refuses: /],
    [{ outcome: 'expired', moved: 0 }, 6, '', /^error: room-0 did not begin to move ada in time\. /],
    [{ outcome: 'interrupted', moved: 0 }, 1, '', /^error: room-0 ended while it moved ada\. /],
  ] as const)('tells the outcome %j, and ends with status %i', async (outcome, status, out, err) => {
    await Promise.all([entry(0), entry(2)]);
    await claim('ada', 0);
    const moving = start(fleet.args('move', 'ada', '2'));
    await report(0, await taken(0), outcome);
    expect(await moving.ended()).toMatchObject({
      status,
      out: expect.stringMatching(out) as string,
      err: expect.stringMatching(err) as string,
    });
  });

  it('ends with status 6 when the owner does nothing in time', async () => {
    await Promise.all([entry(0), entry(2)]);
    await claim('ada', 0);
    const { exit, error } = await fleet.json<{ error: object }>('move', 'ada', '2', '--timeout', '100ms');
    expect(exit).toBe(6);
    expect(error).toMatchObject({ service: 'room', uid: 'ada', from: 0, to: 2 });
    expect(await isAt('ada')).toMatchObject({ podId: 0, permanent: true });
  });

  it('does not wait when told so', async () => {
    await Promise.all([entry(0), entry(2)]);
    await claim('ada', 0);
    expect(await fleet.routectl('move', 'ada', '2', '--no-wait')).toMatchObject({
      status: 0,
      out: 'room-0 is told to move ada to room-2. See: routectl events --user ada\n',
    });
    expect((await taken(0)).uid).toBe('ada');
  });

  it('moves a temporary link itself', async () => {
    await Promise.all([entry(0), entry(2)]);
    const { stateful, server } = fleet.store.executors;
    await stateful.setLinkedPodIfAbsent(fleet.namespace, 'bob', 'room', 0, 60);
    expect(await fleet.json('move', 'bob', '2', '--as', 'carol')).toMatchObject({
      exit: 0,
      link: 'temporary',
      from: 0,
      to: 2,
    });
    expect(await isAt('bob')).toEqual({ podId: 2, permanent: false, why: 'moved', by: 'carol' });
    const { entries } = await server.readJournal(fleet.namespace, 'room', { uid: 'bob' });
    expect(entries).toMatchObject([{ type: 'moved', podId: 0, uid: 'bob', to: 2, by: 'carol' }]);
    const { out } = await fleet.routectl('events', '--type', 'moved');
    expect(out).toMatch(/ moved +room-0 bob {2}to 2 {2}by carol\n$/);
  });

  it('gives no order that could not be carried out', async () => {
    await Promise.all([
      entry(0),
      entry(1, { routingState: 'DENY_NEW_CALL' }),
      entry(2, { users: 5, maxUsers: 5 }),
      entry(3, { leaseMs: 200, updatePeriodMs: 100 }),
      entry(4),
    ]);
    await claim('ada', 0);
    await claim('eve', 3);
    const refused = [
      ['ada', '1', 7, /^error: room-1 takes no new users: it is draining\.\n$/],
      ['ada', '2', 7, /^error: room-2 is full: it has 5 of at most 5 users\.\n$/],
      ['ada', '7', 4, /^error: room has no pod 7, but 0, 1, 2, 3, 4\.\n$/],
      ['ada', 'chat-2', 4, /^error: ada has no link in chat\.\n$/],
      ['joe', '4', 4, /^error: joe has no link in room\.\n$/],
    ] as const;
    for (const [uid, pod, status, err] of refused) {
      const ended = await fleet.routectl('move', uid, pod);
      expect(ended).toMatchObject({ status, out: '', err: expect.stringMatching(err) as string });
    }
    await until('pod 3 is dead', async () => (await fleet.json('pod', '3'))['status'] === 'dead');
    expect(await fleet.routectl('move', 'ada', '3')).toMatchObject({ status: 7 });
    expect(await fleet.routectl('move', 'eve', '4')).toMatchObject({
      status: 7,
      err: expect.stringMatching(/^error: room-3, which has eve, is gone: /) as string,
    });
    expect(await fleet.routectl('move', 'ada', '0')).toMatchObject({
      status: 0,
      out: 'ada is at room-0 already.\n',
    });
    const { server } = fleet.store.executors;
    const { entries } = await server.readJournal(fleet.namespace, 'room', { types: ['order', 'moved'] });
    expect(entries).toEqual([]);
  });

  it('shows on a terminal how long it has waited, and gives up when it is interrupted', async () => {
    await Promise.all([entry(0), entry(2)]);
    await claim('ada', 0);
    const shown = startOnTerminal(80, fleet.args('move', 'ada', '2', '--timeout', '30s'));
    const order = await taken(0);
    await until('the progress', () => /[█░]+ \d+\/30 s: room-0 carries the order out/.test(shown.out));
    await report(0, order, { outcome: 'done', moved: 1 });
    expect((await shown.ended()).out).toMatch(/ada moved from room-0 to room-2\.\s+$/);

    await claim('bob', 0);
    const moving: RunningCommand = start(fleet.args('move', 'bob', '2'));
    await until('the second order', async () => {
      const { entries } = await fleet.store.executors.server.readJournal(fleet.namespace, 'room', {
        uid: 'bob',
      });
      return entries.length === 1;
    });
    moving.child.kill('SIGINT');
    expect(await moving.ended()).toMatchObject({ status: 130, out: '' });
  });

  it('has a real pod save a user, and hand him over', async () => {
    const saved: string[] = [];
    const onHandOff = async ({ uid }: { readonly uid: string }) => void saved.push(uid);
    const [from] = await Promise.all([fleet.pod(0, { drain: { onHandOff } }), fleet.pod(1), fleet.pod(2)]);
    await from.server.claim('ada');
    expect(await fleet.json('move', 'ada', '2', '--as', 'carol')).toMatchObject({ exit: 0, outcome: 'done' });
    expect(saved).toEqual(['ada']);
    expect(from.server.holds('ada')).toBe(false);
    expect(await isAt('ada')).toEqual({ podId: 2, permanent: false, why: 'moved', by: 'carol' });
    // Without an onHandOff nobody saves the user.
    const other = await fleet.pod(3);
    await other.server.claim('eve');
    expect(await fleet.routectl('move', 'eve', '2')).toMatchObject({
      status: 7,
      err: expect.stringMatching(/^error: room-3 refuses: it has no onHandOff/) as string,
    });
    expect(other.server.holds('eve')).toBe(true);
  });
});
