import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';
import { ClaimWire } from './claim-wire.ts';

const config = { profile: 'realtime' } as const;

describe('a full pod', () => {
  it('takes no new users, and removes the temporary link to it', async () => {
    const { executors, pod } = podFixture();
    const a = pod(0, { config: { ...config, maxUsers: 2 } });
    await a.start();
    await a.server.claim('ada');
    await a.server.claim('bob');
    await executors.stateful.setLinkedPodIfAbsent('game', 'cyd', 'room', 0, 60);
    expect(await a.server.claim('cyd')).toMatchObject({ claimed: false, why: 'full' });
    expect(await executors.stateful.getLinkedPod('game', 'cyd', 'room')).toBeUndefined();
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    await a.server.release('bob');
    expect(await a.server.claim('cyd')).toMatchObject({ claimed: true });
    await a.stop({ signal: AbortSignal.abort() });
  });

  it('takes a user whose link is a claim of its ordinal, and regains all its users after a fence', async () => {
    const { clock, pod } = podFixture();
    const wire = new ClaimWire(clock);
    const full = { ...config, maxUsers: 2 };
    const earlier = pod(0, { config: { ...full, leftover: 'keep' } });
    await earlier.start();
    await earlier.server.claim('cyd');
    await earlier.stop({ signal: AbortSignal.abort() });
    await clock.advance(1_000);
    const a = pod(0, { config: full }, wire.around);
    await a.start();
    await a.server.claim('ada');
    await a.server.claim('bob');
    expect(await a.server.claim('cyd')).toMatchObject({ claimed: true });
    wire.beats = false;
    await clock.advance(14_000);
    expect(a.server.isFenced()).toBe(true);
    wire.beats = true;
    await clock.advance(5_000);
    expect([...a.server.held()].toSorted()).toEqual(['ada', 'bob', 'cyd']);
    await a.stop({ signal: AbortSignal.abort() });
  });
});

describe('the number of users that a pod may hold', () => {
  it('changes while the pod runs, is published at once, and makes nobody leave', async () => {
    const { executors, pod } = podFixture();
    const a = pod(0, { config: { ...config, maxUsers: 1 } });
    await a.start();
    const published = async (): Promise<number | undefined> =>
      (await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.maxUsers;
    await a.server.claim('ada');
    await a.server.setMaxUsers(2);
    expect(await published()).toBe(2);
    expect(await a.server.claim('bob')).toMatchObject({ claimed: true });
    await a.server.setMaxUsers(1);
    expect(await a.server.claim('cyd')).toMatchObject({ claimed: false, why: 'full' });
    expect([...a.server.held()]).toEqual(['ada', 'bob']);
    await a.server.setMaxUsers(undefined);
    expect(await published()).toBeUndefined();
    expect(await a.server.claim('cyd')).toMatchObject({ claimed: true });
    for (const wrong of [0, 1.5, Number.POSITIVE_INFINITY, '2']) {
      await expect(a.server.setMaxUsers(wrong as number)).rejects.toMatchObject({ parameter: 'maxUsers' });
    }
    await a.stop({ signal: AbortSignal.abort() });
  });
});

describe('a draining pod', () => {
  it('takes only users whose link names it', async () => {
    const { executors, pod } = podFixture();
    const a = pod(0, { config });
    await a.start();
    await a.server.drain();
    await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    await executors.stateful.setLinkedPodIfAbsent('game', 'bob', 'room', 1, 60);
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    expect(await a.server.claim('bob')).toEqual({ claimed: false, podId: 1, why: 'draining' });
    expect(await a.server.claim('cyd')).toEqual({ claimed: false, why: 'draining' });
    await a.stop({ signal: AbortSignal.abort() });
  });
});

describe('a token that is raised', () => {
  it.each(['held', 'lost', 'late', 'unsent'] as const)(
    'is served by the old one until then, and by the store’s when the reply is %s',
    async (fate) => {
      const { clock, executors, pod } = podFixture();
      const wire = new ClaimWire(clock);
      const a = pod(0, { config }, wire.around);
      await a.start();
      await a.server.claim('ada');
      const lost: unknown[] = [];
      a.server.on('claimsLost', (detail) => lost.push(detail));
      wire.next(fate);
      const raising = a.server.claim('ada', { minToken: 2 ** 52 }).catch(() => {});
      await clock.advance(100);
      expect(a.server.holds('ada')).toBe(true);
      expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
      await clock.advance(5_000);
      wire.release();
      await clock.advance(5_000);
      await raising;
      const link = await executors.stateful.getLink('game', 'ada', 'room');
      expect([a.server.holds('ada'), lost]).toEqual([true, []]);
      expect(await a.server.claim('ada')).toEqual({ claimed: true, token: link.token });
      await a.stop({ signal: AbortSignal.abort() });
    },
  );
});

describe('a claim over anyone’s', () => {
  it('is held; one for another pod ends the hold before it is sent', async () => {
    const { clock, executors, pod } = podFixture();
    const served: boolean[] = [];
    const a: ReturnType<typeof pod> = pod(0, { config }, ({ method, options, run }) => {
      if (method === 'setLinkedPod') served.push(a.server.holds('ada'));
      return run(options);
    });
    const b = pod(1, { config });
    await a.start();
    await b.start();
    await b.server.claim('ada');
    expect(await a.server.setLinkedPod('game', 'ada', 'room', 0)).toBe(1);
    await clock.advance(0);
    expect([a.server.holds('ada'), b.server.holds('ada')]).toEqual([true, false]);
    served.length = 0;
    expect(await a.server.setLinkedPod('game', 'ada', 'room', 1)).toBe(0);
    expect([served, a.server.holds('ada')]).toEqual([[false], false]);
    await clock.advance(0);
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(1);
    await Promise.all([a.stop(), b.stop()]);
  });
});
