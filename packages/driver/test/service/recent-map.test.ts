import { seededRandom } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { RecentMap } from '../../src/service/recent-map.ts';

interface Entry {
  readonly name: string;
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, at) => `key-${at}`);

function filled(max: number, count: number): RecentMap<Entry> {
  const map = new RecentMap<Entry>(max);
  for (const name of keys(count)) map.set(name, { name });
  return map;
}

/** Which of these it has. Each is looked for in a map of its own, as looking is using. */
function kept(make: () => RecentMap<Entry>, names: readonly string[]): string[] {
  return names.filter((name) => make().get(name) !== undefined);
}

describe.each([1, 2, 3, 4, 5, 8, 9, 20])('a map of the last %i', (max) => {
  it('keeps at least that many, and fewer than twice as many', () => {
    for (let count = 1; count <= 3 * max + 2; count++) {
      const found = kept(() => filled(max, count), keys(count));
      expect(found.length).toBeLessThanOrEqual(Math.max(1, 2 * max - 1));
      expect(found.slice(-max)).toEqual(keys(count).slice(-max));
    }
  });

  it('finds each of them, in whatever order they are used again and again', () => {
    const map = filled(max, max);
    for (let round = 0; round < 5; round++) {
      const order = round % 2 === 0 ? keys(max) : keys(max).toReversed();
      expect(order.filter((name) => map.get(name)?.name !== name)).toEqual([]);
    }
  });

  it('answers what was set last, or nothing', () => {
    const random = seededRandom(max);
    const map = new RecentMap<Entry>(max);
    const last = new Map<string, Entry>();
    for (let step = 0; step < 2_000; step++) {
      const key = `key-${Math.floor(random() * 3 * max)}`;
      const what = random();
      if (what < 0.4) {
        const entry = { name: key };
        map.set(key, entry);
        last.set(key, entry);
        expect(map.get(key)).toBe(entry);
      } else if (what < 0.5) {
        const had = map.delete(key);
        if (!last.delete(key)) expect(had).toBe(false);
        expect(map.get(key)).toBeUndefined();
        expect(map.delete(key)).toBe(false);
      } else {
        expect([last.get(key), undefined]).toContain(map.get(key));
      }
    }
  });

  it('keeps an entry that is used often', () => {
    const map = new RecentMap<Entry>(max);
    const entry = { name: 'used' };
    map.set('used', entry);
    // Between two uses come no more others than it keeps, less the used one itself.
    const others = max - 1;
    for (let round = 0; round < 20; round++) {
      for (let at = 0; at < others; at++) map.set(`${round}-${at}`, { name: 'other' });
      expect(map.get('used')).toBe(entry);
    }
  });
});

describe('a map of the last few', () => {
  it('counts an entry once that is set again', () => {
    const map = new RecentMap<Entry>(4);
    map.set('other', { name: 'other' });
    for (let at = 0; at < 10; at++) map.set('same', { name: String(at) });
    expect(map.get('same')).toEqual({ name: '9' });
    expect(map.get('other')).toEqual({ name: 'other' });
  });

  it('says whether it deleted an entry, of either generation', () => {
    for (const name of keys(6)) {
      const map = filled(8, 6);
      expect(map.delete(name)).toBe(true);
      expect(map.get(name)).toBeUndefined();
      expect(map.delete(name)).toBe(false);
      const others = keys(6).filter((each) => each !== name);
      const without = (): RecentMap<Entry> => {
        const made = filled(8, 6);
        made.delete(name);
        return made;
      };
      expect(kept(without, keys(6))).toEqual(others);
    }
  });

  it('does not bring back an older value of a deleted entry', () => {
    const map = new RecentMap<Entry>(4);
    map.set('ada', { name: 'old' });
    map.set('bob', { name: 'bob' });
    map.set('ada', { name: 'new' });
    expect(map.delete('ada')).toBe(true);
    expect(map.get('ada')).toBeUndefined();
  });

  it('is empty after clear, and can be filled again', () => {
    const map = filled(8, 6);
    map.clear();
    expect(keys(6).filter((name) => map.get(name))).toEqual([]);
    map.set('key-1', { name: 'again' });
    expect(map.get('key-1')).toEqual({ name: 'again' });
  });
});
