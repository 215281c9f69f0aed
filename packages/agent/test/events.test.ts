import { describe, expect, it } from 'vitest';
import {
  LEASE_MS,
  MARGIN_MS,
  PERIOD_MS,
  type ReadEvent,
  settled,
  startTestAgent,
  type TestAgent,
} from './support/test-agent.ts';

const SAVE_MS = 5_000;

const named = (events: readonly ReadEvent[], name: string): readonly ReadEvent['data'][] =>
  events.filter((event) => event.name === name).map(({ data }) => data);

async function claim({ ask }: TestAgent, uid: string): Promise<number> {
  return ((await ask('POST', `/v1/users/${uid}/claim`)).body as { token: number }).token;
}

describe('the events', () => {
  it('begin with the whole state, and tell of each acknowledged heartbeat', async () => {
    const it = await startTestAgent();
    const token = await claim(it, 'ada');
    const { events } = await it.follow();
    await settled();
    expect(events).toMatchObject([
      {
        name: 'state',
        data: {
          namespace: 'test',
          service: 'room',
          podId: 0,
          fenced: false,
          validForMs: LEASE_MS - MARGIN_MS,
          users: [{ uid: 'ada', token }],
          handOffs: [],
        },
      },
    ]);
    await it.route.advance(2 * PERIOD_MS);
    await settled();
    const leases = named(events, 'lease');
    expect(leases.length).toBeGreaterThanOrEqual(2);
    for (const { validForMs } of leases) expect(validForMs).toBe(LEASE_MS - MARGIN_MS);
  });

  it.runIf(process.platform === 'linux')('say until when, by the clock of the machine', async () => {
    const it = await startTestAgent();
    const now = (): number => Number(process.hrtime.bigint()) / 1e6;
    const before = now();
    const { events } = await it.follow();
    await settled();
    const { validForMs, validUntilMs } = events[0]!.data as { validForMs: number; validUntilMs: number };
    expect(validUntilMs).toBeGreaterThanOrEqual(Math.floor(before + validForMs));
    expect(validUntilMs).toBeLessThanOrEqual(now() + validForMs);
  });

  it('tell of a fence and of the return, with new tokens', async () => {
    const it = await startTestAgent();
    const token = await claim(it, 'ada');
    const { events } = await it.follow();
    const { server } = it.route.pods[0]!;
    await server.setServiceState('FAILED');
    await settled();
    expect(named(events, 'fenced')).toHaveLength(1);
    expect(await it.ask('GET', '/v1/users')).toMatchObject({ body: { users: [] } });
    await server.setServiceState('READY');
    await it.route.advance(2 * PERIOD_MS);
    await settled();
    const [unfenced] = named(events, 'unfenced') as {
      validForMs: number;
      claims: { uid: string; token: number }[];
    }[];
    expect(unfenced!.validForMs).toBeGreaterThan(0);
    expect(unfenced!.claims.map(({ uid }) => uid)).toEqual(['ada']);
    expect(unfenced!.claims[0]!.token).toBeGreaterThan(token);
  });

  it('tell of a claim that somebody else ended', async () => {
    const it = await startTestAgent();
    const token = await claim(it, 'ada');
    const { events } = await it.follow();
    await it.route.pods[1]!.server.setLinkedPod('test', 'ada', 'room', 1);
    await it.route.advance(1);
    await settled();
    expect(named(events, 'claimsLost')).toEqual([{ claims: [{ uid: 'ada', token }] }]);
  });

  it('have one subscriber at a time', async () => {
    const it = await startTestAgent();
    const first = await it.follow();
    expect((await it.ask('GET', '/v1/events')).status).toBe(409);
    expect(it.agent.hasSubscriber).toBe(true);
    await first.leave();
    expect(it.agent.hasSubscriber).toBe(false);
    const second = await it.follow();
    await settled();
    expect(second.events.map(({ name }) => name)).toEqual(['state']);
  });

  it('are not taken by who asks for the headers alone', async () => {
    const it = await startTestAgent();
    const head = await it.agent.fetch(new Request('http://localhost/v1/events', { method: 'HEAD' }));
    expect(head.status).toBe(200);
    expect(it.agent.hasSubscriber).toBe(false);
    await (await it.follow()).leave();
  });

  it('cut off a subscriber that does not read', async () => {
    const it = await startTestAgent();
    const response = await it.agent.fetch(new Request('http://localhost/v1/events'));
    let beats = 0;
    while (it.agent.hasSubscriber && beats++ < 100_000)
      await it.route.pods[0]!.server.setRoutingState('READY');
    expect(it.agent.hasSubscriber).toBe(false);
    // About a megabyte of them.
    expect(beats).toBeGreaterThan(5_000);
    await expect(response.text()).rejects.toThrow('too slowly');
    expect((await it.follow()).ended()).toBe(undefined);
  });
});

describe('a hand-off', () => {
  it('moves the user when the application has saved', async () => {
    const it = await startTestAgent();
    const token = await claim(it, 'ada');
    const { events } = await it.follow();
    const drained = it.ask('POST', '/v1/drain', { deadlineMs: 10_000 });
    await it.route.advance(1);
    await settled();
    const [handOff] = named(events, 'handOff');
    expect(handOff).toMatchObject({ uid: 'ada', token, podId: 1 });
    expect(await it.ask('POST', '/v1/users/ada/claim')).toMatchObject({
      status: 409,
      body: { podId: 1, why: 'moving' },
    });
    expect((await it.ask('POST', `/v1/hand-offs/${handOff!['id'] as string}`)).status).toBe(204);
    await it.route.advance(1);
    expect(await drained).toMatchObject({ status: 200, body: { left: 0, unsaved: [] } });
    await settled();
    expect(named(events, 'handOffEnded')).toEqual([{ ...handOff, moved: true }]);
    expect(await it.route.gateway.service('room').locate('ada')).toMatchObject({ podId: 1 });
    // It waits no more.
    expect((await it.ask('POST', `/v1/hand-offs/${handOff!['id'] as string}`)).status).toBe(404);
  });

  it('leaves the user when the application could not save, or said nothing', async () => {
    const it = await startTestAgent();
    const token = await claim(it, 'ada');
    await claim(it, 'bob');
    const { events } = await it.follow();
    const drained = it.ask('POST', '/v1/drain', { deadlineMs: 10_000 });
    await it.route.advance(1);
    await settled();
    const handOff = named(events, 'handOff').find(({ uid }) => uid === 'ada')!;
    await it.ask('POST', `/v1/hand-offs/${handOff['id'] as string}`, { failed: 'the disk is full' });
    await it.route.advance(1);
    await settled();
    expect(named(events, 'handOffEnded')).toEqual([{ ...handOff, moved: false }]);
    expect(await it.ask('POST', '/v1/users/ada/claim')).toMatchObject({ status: 200, body: { token } });
    await it.route.advance(SAVE_MS);
    await settled();
    expect(named(events, 'handOffEnded')).toMatchObject([{ uid: 'ada' }, { uid: 'bob', moved: false }]);
    await it.route.advance(10_000);
    expect(await drained).toMatchObject({ body: { left: 2 } });
    expect(it.route.pods[0]!.server.holds('bob')).toBe(true);
  });

  it('of a user who was lost meanwhile does not say that the user stays', async () => {
    const it = await startTestAgent({ pods: 3 });
    const token = await claim(it, 'ada');
    const { events } = await it.follow();
    const drained = it.ask('POST', '/v1/drain', { deadlineMs: 1_000 });
    await it.route.advance(1);
    await settled();
    const [handOff] = named(events, 'handOff');
    const third = handOff!['podId'] === 1 ? 2 : 1;
    await it.route.pods[third]!.server.setLinkedPod('test', 'ada', 'room', third);
    await it.ask('POST', `/v1/hand-offs/${handOff!['id'] as string}`);
    await it.route.advance(2_000);
    await drained;
    await settled();
    expect(named(events, 'claimsLost')).toEqual([{ claims: [{ uid: 'ada', token }] }]);
    expect(named(events, 'handOffEnded')).toEqual([]);
  });

  it('is told again to a subscriber that comes back, and to one that comes late', async () => {
    const it = await startTestAgent();
    await claim(it, 'ada');
    const drained = it.ask('POST', '/v1/drain', { deadlineMs: 10_000 });
    await it.route.advance(100);
    const first = await it.follow();
    await settled();
    const [handOff] = named(first.events, 'handOff');
    expect(first.events.map(({ name }) => name)).toEqual(['state', 'handOff']);
    await first.leave();
    const second = await it.follow();
    await settled();
    expect(second.events).toMatchObject([
      { name: 'state', data: { users: [], handOffs: [handOff] } },
      { name: 'handOff', data: handOff },
    ]);
    await it.ask('POST', `/v1/hand-offs/${handOff!['id'] as string}`);
    await it.route.advance(1);
    expect(await drained).toMatchObject({ body: { left: 0 } });
  });

  it('fails at once when the application has ended', async () => {
    const it = await startTestAgent();
    await claim(it, 'ada');
    const drained = it.ask('POST', '/v1/drain', { deadlineMs: 10_000 });
    await it.route.advance(1);
    it.agent.close(new Error('the application has ended'));
    await settled();
    expect(it.route.pods[0]!.server.holds('ada')).toBe(true);
    expect(await it.ask('POST', '/v1/users/bob/claim')).toMatchObject({
      status: 409,
      body: { why: 'draining' },
    });
    await it.route.advance(10_000);
    await drained;
  });
});
