import { type ShedOptions, type SheddableUser, usersToShed } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const NOW = 1_000_000;
const all: ShedOptions = { now: NOW, which: 'all', cooldownMs: 600_000, load: 100, movable: () => true };

function user(uid: string, fields: Partial<SheddableUser> = {}): SheddableUser {
  return { uid, weight: 1, busy: false, ...fields };
}

describe('usersToShed', () => {
  it('takes idle users first, of each kind the heaviest first', () => {
    const held = [
      user('busy', { weight: 9, busy: true }),
      user('just used', { weight: 8, usedAt: NOW - 9_999 }),
      user('light', { weight: 1 }),
      user('heavy', { weight: 5, usedAt: NOW - 10_000 }),
    ];
    expect(usersToShed(held, { users: 4 }, all)).toEqual(['heavy', 'light', 'busy', 'just used']);
    expect(usersToShed(held, { users: 4 }, { ...all, which: 'idle' })).toEqual(['heavy', 'light']);
    expect(usersToShed(held, { users: 1 }, all)).toEqual(['heavy']);
  });

  it('passes a user over who weighs more than is left to shed', () => {
    const held = [user('hot', { weight: 20 }), ...Array.from({ length: 80 }, (_, at) => user(`u${at}`))];
    const shed = usersToShed(held, { users: 100, load: 15 }, all);
    expect(shed).toHaveLength(15);
    expect(shed).not.toContain('hot');
    expect(usersToShed(held, { users: 100, load: 20 }, all)).toEqual(['hot']);
  });

  it('leaves those that were moved lately, and those that cannot be moved', () => {
    const held = [
      user('moved', { movedAt: NOW - 599_999 }),
      user('again', { movedAt: NOW - 600_000 }),
      user('fixed'),
    ];
    expect(usersToShed(held, { users: 3 }, { ...all, movable: (uid) => uid !== 'fixed' })).toEqual(['again']);
  });

  it('sheds weightless users by their number alone', () => {
    const held = [user('a', { weight: 0 }), user('b', { weight: 0 })];
    expect(usersToShed(held, { users: 1, load: 5 }, { ...all, load: 0 })).toEqual(['a']);
    expect(usersToShed([], { users: 1 }, all)).toEqual([]);
  });

  it('never sheds more than it is told, nor anybody who must stay, nor a heavier user when a lighter one of his kind left', () => {
    const time = fc.option(fc.integer({ min: NOW - 1_200_000, max: NOW }), { nil: undefined });
    const users = fc.array(
      fc.record({
        weight: fc.double({ min: 0, max: 50, noNaN: true }),
        busy: fc.boolean(),
        usedAt: time,
        movedAt: time,
      }),
      { maxLength: 40 },
    );
    const order = fc.record({
      users: fc.nat(40),
      load: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(users, order, fc.constantFrom('idle', 'all'), fc.nat(5), (fields, asked, which, fixed) => {
        const held = fields.map((each, at) => user(`${at}`, each));
        const movable = (uid: string): boolean => Number(uid) % 6 !== fixed;
        const shed = usersToShed(held, asked, { ...all, which, movable });
        const weights = held.reduce((sum, { weight }) => sum + weight, 0);
        const loadOf = ({ weight }: SheddableUser): number =>
          weights > 0 ? (weight * all.load) / weights : 0;
        const chosen = shed.map((uid) => held[Number(uid)]!);
        const load = chosen.reduce((sum, each) => sum + loadOf(each), 0);
        const isIdle = ({ busy, usedAt }: SheddableUser): boolean =>
          !busy && (usedAt === undefined || NOW - usedAt >= 10_000);

        expect(new Set(shed).size).toBe(shed.length);
        expect(shed.length).toBeLessThanOrEqual(asked.users);
        expect(load).toBeLessThanOrEqual((asked.load ?? Number.POSITIVE_INFINITY) + 1e-9);
        for (const [at, each] of chosen.entries()) {
          expect(movable(each.uid)).toBe(true);
          expect(NOW - (each.movedAt ?? 0)).toBeGreaterThanOrEqual(all.cooldownMs);
          if (which === 'idle') expect(isIdle(each)).toBe(true);
          const before = chosen[at - 1];
          if (!before) continue;
          expect(isIdle(before) || !isIdle(each)).toBe(true);
          if (isIdle(before) === isIdle(each)) expect(before.weight).toBeGreaterThanOrEqual(each.weight);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
