import { describe, expect, it } from 'vitest';
import { type CallerFixture, callerFixture, LEASE_MS, PERIOD_MS } from '../caller-fixture.ts';

/** Pins ada. */
const pin = ({ executors }: CallerFixture, podId: number | undefined): Promise<unknown> =>
  executors.stateful.setPin('game', 'ada', 'room', podId, { by: 'carol' });

/** Lets the leases of all pods but these run out. */
async function outlive({ clock, beat }: CallerFixture, others: readonly number[]): Promise<void> {
  for (let passed = 0; passed <= LEASE_MS; passed += PERIOD_MS) {
    await clock.advance(PERIOD_MS);
    for (const podId of others) await beat(podId);
  }
  await clock.advance(PERIOD_MS / 2);
}

describe('a pinned user', () => {
  it('is placed on the pod of the pin, for one more round trip', async () => {
    const fixture = await callerFixture();
    await pin(fixture, 2);
    const { rooms, calls } = await fixture.startedCaller();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: true });
    expect(calls()).toEqual(['setLinkedPodIfAbsent', 'setLinkedPodIfAbsent']);
    expect(await fixture.link('ada')).toMatchObject({ podId: 2, reason: { why: 'placed' } });
  });

  it('costs nothing where the pod is the best one, and nobody else anything', async () => {
    const fixture = await callerFixture();
    await pin(fixture, 0);
    const { rooms, calls } = await fixture.startedCaller();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
    expect(await rooms.locate('bob')).toMatchObject({ podId: 0 });
    expect(calls()).toEqual(['setLinkedPodIfAbsent', 'setLinkedPodIfAbsent']);
  });

  it.each([
    ['has no entry', 7, {}],
    ['drains', 2, { routingState: 'DENY_NEW_CALL' }],
    ['has ended', 2, { state: 'TERMINATING' }],
  ] as const)(
    'goes elsewhere while the pod of the pin %s, and keeps the pin',
    async (_what, podId, report) => {
      const fixture = await callerFixture();
      await pin(fixture, podId);
      if (podId === 2) await fixture.beat(2, report);
      const { rooms } = await fixture.startedCaller();
      expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
      const { executors } = fixture;
      expect((await executors.stateful.getLink('game', 'ada', 'room')).pin).toMatchObject({ podId });
    },
  );

  it('stays where he lives', async () => {
    const fixture = await callerFixture();
    await fixture.claim('ada', 1);
    await pin(fixture, 2);
    const { rooms } = await fixture.startedCaller();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1, temporary: false });
  });

  it('is taken over by the pod of the pin', async () => {
    const fixture = await callerFixture();
    await fixture.claim('ada', 1);
    await pin(fixture, 2);
    const { rooms } = await fixture.startedCaller();
    await outlive(fixture, [0, 2]);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: true });
    expect(await fixture.link('ada')).toMatchObject({ podId: 2, reason: { why: 'taken-over' } });
  });

  it('is taken over by another pod when that of the pin has died', async () => {
    const fixture = await callerFixture();
    await fixture.claim('ada', 2);
    await pin(fixture, 2);
    const { rooms } = await fixture.startedCaller();
    await outlive(fixture, [0, 1]);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
  });

  it('is linked anew to the pod of the pin, from one that takes no users', async () => {
    const fixture = await callerFixture();
    const { executors, startedCaller, beat } = fixture;
    await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 300);
    await pin(fixture, 2);
    await beat(1, { routingState: 'DENY_NEW_CALL' });
    const { rooms } = await startedCaller();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 2 });
    expect(await fixture.link('ada')).toMatchObject({ podId: 2, reason: { why: 'relinked' } });
  });

  it('goes to the newer pin, if it changes while the user is placed', async () => {
    const fixture = await callerFixture();
    await pin(fixture, 1);
    const { rooms, around } = await fixture.startedCaller();
    let placings = 0;
    around(async (call) => {
      placings += 1;
      if (placings === 2) await pin(fixture, 2);
      return call.run(call.options);
    });
    expect(await rooms.locate('ada')).toMatchObject({ podId: 2 });
  });

  it('is not placed at random if the pin changes again and again', async () => {
    const fixture = await callerFixture();
    const { rooms, around } = await fixture.startedCaller();
    let placings = 0;
    around(async (call) => {
      placings += 1;
      await pin(fixture, 7 + placings);
      return call.run(call.options);
    });
    await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    expect(placings).toBe(3);
    expect(await fixture.link('ada')).toBeUndefined();
  });

  it('is linked to the pod of the pin, also where the application names another one', async () => {
    const fixture = await callerFixture();
    await pin(fixture, 2);
    const { route } = await fixture.startedCaller();
    expect(await route.client.setLinkedPodIfAbsent('game', 'ada', 'room', 1)).toMatchObject({ podId: 2 });
    await fixture.executors.stateful.removeLinkedPod('game', 'ada', 'room');
    await pin(fixture, 7);
    expect(await route.client.setLinkedPodIfAbsent('game', 'ada', 'room', 1)).toMatchObject({ podId: 1 });
  });
});

describe('explain tells the pin', () => {
  const explain = async (fixture: CallerFixture, not?: number) => {
    const { route } = await fixture.startedCaller();
    return route.routeInfo.explain('game', 'ada', 'room', { not });
  };

  it('of a user who goes to its pod', async () => {
    const fixture = await callerFixture();
    await pin(fixture, 2);
    expect(await explain(fixture, 0)).toMatchObject({
      pin: { podId: 2, by: 'carol' },
      outcome: { action: 'place', podId: 2 },
      filters: [{ name: 'pinned', required: true, wants: 'pod 2', counts: true }],
      sentence:
        'Places ada on pod 2: ada has no link, and pod 2 is the only candidate after the filters pinned (pod 2).',
      not: { filteredBy: 'pinned' },
    });
  });

  it('that does not count, as its pod takes no users', async () => {
    const fixture = await callerFixture();
    await pin(fixture, 2);
    await fixture.beat(2, { routingState: 'DENY_NEW_CALL' });
    const { outcome, sentence } = await explain(fixture);
    expect(outcome).toEqual({ action: 'place', podId: 0 });
    expect(sentence).toContain(
      '; ada is pinned to pod 2 by carol, which does not count, as that pod takes no new users.',
    );
  });

  it('of a user who lives elsewhere', async () => {
    const fixture = await callerFixture();
    await fixture.claim('ada', 1);
    await pin(fixture, 2);
    const { link, sentence } = await explain(fixture);
    expect(link).not.toHaveProperty('pin');
    expect(sentence).toContain(
      '; ada is pinned to pod 2 by carol, which counts when the user is placed anew.',
    );
  });
});
