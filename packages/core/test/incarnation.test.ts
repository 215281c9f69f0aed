import {
  compareIncarnations,
  formatIncarnation,
  type Incarnation,
  isSameRun,
  parseIncarnation,
} from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const anyId = fc.stringMatching(/^[!-\-/-~]{1,8}$/);
const anyIncarnation: fc.Arbitrary<Incarnation> = fc.record({
  start: fc.nat({ max: 2 ** 52 }),
  id: anyId,
  life: fc.nat({ max: 999_999_999 }),
});
/** Few starts, ids and lives, so that they collide. Each run has one start. */
const nearIncarnation = fc
  .record({ run: fc.nat({ max: 5 }), life: fc.nat({ max: 2 }) })
  .map(({ run, life }) => formatIncarnation({ start: run % 3, id: `run-${run}`, life }));

describe('incarnations', () => {
  it('survive formatting and parsing', () => {
    fc.assert(
      fc.property(anyIncarnation, (each) => {
        expect(parseIncarnation(formatIncarnation(each))).toEqual(each);
      }),
    );
  });

  it.for(['', 'a', '5', '5.a', '5.a.', '.a.0', '5..0', 'x.a.0', '5.a.b.0', '5.a.-1', '-5.a.0', '5.a.0 '])(
    'a text of another form, %j, is a run without a start',
    (text) => {
      expect(parseIncarnation(text)).toEqual({ start: 0, id: text, life: 0 });
    },
  );

  it('are ordered: each equals itself, and of two the same one is later in either order', () => {
    fc.assert(
      fc.property(nearIncarnation, nearIncarnation, (a, b) => {
        expect(Math.sign(compareIncarnations(a, b)) + Math.sign(compareIncarnations(b, a))).toBe(0);
        expect(compareIncarnations(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it('are ordered transitively', () => {
    fc.assert(
      fc.property(nearIncarnation, nearIncarnation, nearIncarnation, (a, b, c) => {
        if (compareIncarnations(a, b) <= 0 && compareIncarnations(b, c) <= 0) {
          expect(compareIncarnations(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it.for([
    // earlier, later
    ['4.z.9', '5.a.0'],
    ['9.a.0', '10.a2.0'],
    ['5.a.0', '5.b.0'],
    ['5.a.9', '5.a.10'],
    ['z', '1.a.0'],
    ['a', 'b'],
    ['a', '0.b.0'],
    // Within a run the start does not count, since a store may have raised it.
    ['9.a.0', '5.a.1'],
  ] as const)('%s is earlier than %s', ([earlier, later]) => {
    expect(compareIncarnations(earlier, later)).toBeLessThan(0);
    expect(compareIncarnations(later, earlier)).toBeGreaterThan(0);
  });

  it('are of one run by their ids alone', () => {
    expect(isSameRun('5.a.0', '9.a.3')).toBe(true);
    expect(isSameRun('a', '9.a.3')).toBe(true);
    expect(isSameRun('5.a.0', '5.b.0')).toBe(false);
    expect(compareIncarnations('5.a.1', '9.a.1')).toBe(0);
  });
});
