import { isUnreachable, reachablePods, unreachableMark } from '@stateful-route/core/adapter';
import { expect, it } from 'vitest';
import { pod } from './pod.ts';

const pods = [0, 1, 2].map((podId) => ({ podId }));

function among(foundAt: Readonly<Record<number, number>>): number[][] {
  return reachablePods(pods, (podId) => foundAt[podId]).map((group) => group.map(({ podId }) => podId));
}

it('leaves out pods that are marked unreachable', () => {
  expect(among({})).toEqual([[0, 1, 2]]);
  expect(among({ 1: 5 })).toEqual([[0, 2]]);
  expect(among({ 0: 5, 1: 3 })).toEqual([[2]]);
});

it('offers one after the other if all are marked, the oldest mark first', () => {
  expect(among({ 0: 5, 1: 3, 2: 4 })).toEqual([[1], [2], [0]]);
  expect(among({ 0: 5, 1: 6, 2: 7 })).toEqual([[0], [1], [2]]);
  expect(among({ 0: 0, 1: 0, 2: 0 })).toEqual([[0], [1], [2]]);
  expect(reachablePods([], () => 1)).toEqual([]);
});

it('keeps a mark for three periods, and for one incarnation', () => {
  const known = pod({ incarnation: '1.a.0', updatePeriodMs: 1_000 });
  const mark = unreachableMark(known, 500);
  expect(isUnreachable(mark, known, 500)).toBe(true);
  expect(isUnreachable(mark, known, 3_499)).toBe(true);
  expect(isUnreachable(mark, known, 3_500)).toBe(false);
  expect(isUnreachable(mark, { ...known, incarnation: '1.a.1' }, 600)).toBe(false);
  expect(isUnreachable(mark, undefined, 600)).toBe(false);
  expect(isUnreachable(undefined, known, 600)).toBe(false);
});
