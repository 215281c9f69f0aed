import { describe, expect, it } from 'vitest';
import { ClaimRegistry } from '../../../src/pod/claims/claim-registry.ts';
import { podFixture } from '../../pod-fixture.ts';

function registry(): ClaimRegistry {
  const nothing = (): void => {};
  return new ClaimRegistry({
    lost: nothing,
    undo: nothing,
    letGo: nothing,
    changed: nothing,
    signalReason: () => undefined,
  });
}

function claim(users: ClaimRegistry, uid: string, token: number): void {
  const op = users.nextOperation();
  users.apply(uid, { type: 'claim', op });
  users.apply(uid, { type: 'linked', op, token, untilRelease: true });
}

describe('what a user weighs', () => {
  it('is 1 unless the application says otherwise, and only of a user who is here', () => {
    const users = registry();
    expect([users.setWeight('ada', 5), users.weight('ada')]).toEqual([false, 1]);
    claim(users, 'ada', 1);
    expect(users.weight('ada')).toBe(1);
    expect([users.setWeight('ada', 0.5), users.weight('ada')]).toEqual([true, 0.5]);
  });

  it('lasts through a fence and a hand-off that failed, and goes with the claim', () => {
    const users = registry();
    claim(users, 'ada', 1);
    users.setWeight('ada', 7);
    users.apply('ada', { type: 'fence' });
    const reclaim = users.nextOperation();
    users.apply('ada', { type: 'reclaim', op: reclaim });
    users.apply('ada', { type: 'linked', op: reclaim, token: 2, untilRelease: true });
    const move = users.nextOperation();
    users.apply('ada', { type: 'move', op: move, to: 1 });
    users.apply('ada', { type: 'failed', op: move });
    expect([users.holds('ada'), users.weight('ada')]).toEqual([true, 7]);

    const release = users.nextOperation();
    users.apply('ada', { type: 'release', op: release });
    users.apply('ada', { type: 'removed', op: release });
    claim(users, 'ada', 3);
    expect(users.weight('ada')).toBe(1);
  });

  it('is set by the application', async () => {
    const { pod } = podFixture();
    const a = pod(0);
    expect(a.server.setWeight('ada', 2)).toBe(false);
    await a.start();
    expect(a.server.setWeight('ada', 2)).toBe(false);
    await a.server.claim('ada');
    expect(a.server.setWeight('ada', 2)).toBe(true);
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, '1' as never]) {
      expect(() => a.server.setWeight('ada', wrong)).toThrow(/weight/);
    }
    expect(() => a.server.setWeight('', 1)).toThrow(/uid/);
    await a.stop({ signal: AbortSignal.abort() });
    expect(a.server.setWeight('ada', 2)).toBe(false);
  });
});
