import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

describe('a claim of a user who is pinned', () => {
  it('to another pod is refused, as long as that pod takes users', async () => {
    const { clock, executors, pod } = podFixture();
    const a = pod(0);
    const b = pod(1);
    await a.start();
    await b.start();
    await executors.stateful.setPin('game', 'ada', 'room', 1);
    expect(await a.server.claim('ada')).toEqual({ claimed: false, podId: 1, why: 'pinned' });
    expect(a.server.holds('ada')).toBe(false);
    expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
    await b.server.release('ada');

    await b.server.setRoutingState('DENY_NEW_CALL');
    await clock.advance(5_000);
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    await a.stop({ signal: AbortSignal.abort() });
    await b.stop({ signal: AbortSignal.abort() });
  });

  it('succeeds where the link names the pod, and where the pod has the user already', async () => {
    const { executors, pod } = podFixture();
    const { stateful } = executors;
    const a = pod(0);
    const b = pod(1);
    await a.start();
    await b.start();
    await stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    await stateful.setPin('game', 'ada', 'room', 1);
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    const token = (await stateful.getLink('game', 'ada', 'room')).token! + 1;
    expect(await a.server.claim('ada', { minToken: token })).toMatchObject({ claimed: true, token });
    await a.stop({ signal: AbortSignal.abort() });
    await b.stop({ signal: AbortSignal.abort() });
  });

  it('is drained to the pod of the pin, and elsewhere if that takes no users', async () => {
    const { executors, pod } = podFixture();
    const { stateful } = executors;
    const pods = [0, 1, 2, 3].map((podId) => pod(podId));
    for (const each of pods) await each.start();
    const [a] = pods;
    const uids = Array.from({ length: 12 }, (_, at) => `user-${at}`);
    for (const uid of uids) await a!.server.claim(uid);
    for (const uid of uids.slice(0, 9)) await stateful.setPin('game', uid, 'room', 2);
    for (const uid of uids.slice(9)) await stateful.setPin('game', uid, 'room', 7);
    const saved = new Map<string, number | undefined>();
    a!.server.onHandOff(({ uid, podId }) => {
      saved.set(uid, podId);
    });
    expect(await a!.server.drain()).toMatchObject({ left: 0 });
    for (const uid of uids) {
      const link = await stateful.getLink('game', uid, 'room');
      expect(saved.get(uid)).toBe(link.podId);
      if (link.pin?.podId === 2) expect(link.podId).toBe(2);
      else expect(link.podId).not.toBe(2);
    }
    for (const each of pods) await each.stop({ signal: AbortSignal.abort() });
  });

  it('goes to the pod that the user was saved for, if the pin was set in between', async () => {
    const { executors, pod } = podFixture();
    const { stateful } = executors;
    const pods = [0, 1, 2].map((podId) => pod(podId));
    for (const each of pods) await each.start();
    const [a] = pods;
    await a!.server.claim('ada');
    let saved: number | undefined;
    a!.server.onHandOff(async ({ podId }) => {
      saved = podId;
      await stateful.setPin('game', 'ada', 'room', podId === 1 ? 2 : 1);
    });
    await a!.server.handOff(['ada']);
    expect(saved).toBeDefined();
    expect(await stateful.getLink('game', 'ada', 'room')).toMatchObject({
      podId: saved,
      reason: { why: 'handed-over' },
    });
    for (const each of pods) await each.stop({ signal: AbortSignal.abort() });
  });
});
