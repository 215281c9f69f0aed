import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { StoredLinks } from '../src/stored/stored-links.ts';

const DAY_MS = 86_400_000;

describe('an expired entry', () => {
  it('is removed without a further call about it', async () => {
    const clock = new ManualClock();
    const links = new StoredLinks(() => clock.now());
    for (let user = 0; user < 10_000; user++) {
      links.setTemporary('game', `user-${user}`, 'room', 0, 1_000);
      if (user % 100 === 0) await clock.advance(100);
    }
    // Ten thousand users, in ten generations: only the last ones may still be stored.
    expect(links.size).toBeLessThan(3_000);
  });

  it('is removed while other users’ links are renewed', async () => {
    const clock = new ManualClock();
    const links = new StoredLinks(() => clock.now());
    for (let user = 0; user < 1_000; user++) links.setTemporary('game', `user-${user}`, 'room', 0, 1_000);
    await clock.advance(1_001);
    for (let renewal = 0; renewal < 1_000; renewal++) links.setTemporary('game', 'ada', 'room', 0, 60_000);
    expect(links.size).toBe(1);
  });

  it('is removed with its token, seven days after the last claim', async () => {
    const clock = new ManualClock();
    const links = new StoredLinks(() => clock.now());
    const touch = (): void => {
      for (let change = 0; change < 600; change++) links.setTemporary('game', 'ada', 'room', 0, 60_000);
    };
    for (let user = 0; user < 500; user++) {
      links.setClaim('game', `user-${user}`, 'room', 0, 1_000 + user);
      links.remove('game', `user-${user}`, 'room');
    }
    await clock.advance(7 * DAY_MS - 1_000);
    touch();
    expect(links.size).toBe(501);
    expect(links.record('game', 'user-3', 'room')).toEqual({ token: 1_003 });
    await clock.advance(1_000);
    expect(links.record('game', 'user-3', 'room')).toBeUndefined();
    touch();
    expect(links.size).toBe(1);
  });

  it('is removed alone: claims and the user’s other links stay', async () => {
    const clock = new ManualClock();
    const links = new StoredLinks(() => clock.now());
    links.setClaim('game', 'ada', 'room', 0, 5);
    links.setTemporary('game', 'ada', 'lobby', 1, 1_000);
    links.setTemporary('game', 'ada', 'shop', 2, 60_000);
    await clock.advance(1_001);
    for (let change = 0; change < 10; change++) links.remove('game', 'bob', 'room');
    expect(links.get('game', 'ada', 'room')).toMatchObject({ podId: 0, token: 5 });
    expect(links.get('game', 'ada', 'lobby')).toBeUndefined();
    expect(links.get('game', 'ada', 'shop')).toMatchObject({ podId: 2, ttlMs: 58_999 });
  });
});
