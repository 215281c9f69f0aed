import { describe, expect, it } from 'vitest';
import { Progress } from '../src/output/progress.ts';
import { type Column, fields, table } from '../src/output/table.ts';
import { counted, duration, figure } from '@stateful-route/core/adapter';

type Row = readonly [string, number, string];

const columns: readonly Column<Row>[] = [
  { title: 'NAME', text: ([name]) => name },
  { title: 'USERS', text: ([, users]) => String(users), right: true },
  { title: 'NOTE', text: ([, , note]) => note, droppable: 1 },
];
const rows: readonly Row[] = [
  ['a', 7, 'first'],
  ['名前', 1_000, 'second'],
];

describe('a table', () => {
  it('has its columns below each other, whatever the width of the characters', () => {
    expect(table(columns, rows, undefined)).toBe(
      ['NAME  USERS  NOTE', 'a         7  first', '名前   1000  second', ''].join('\n'),
    );
  });

  it('leaves columns out, and then cuts, where a line would be too long', () => {
    expect(table(columns, rows, 19)).toContain('NOTE');
    expect(table(columns, rows, 18)).toBe(['NAME  USERS', 'a         7', '名前   1000', ''].join('\n'));
    expect(table(columns, rows, 8)).toBe(['NAME  U…', 'a      …', '名前   …', ''].join('\n'));
  });
});

it('fields stand below each other, and those without a value are left out', () => {
  expect(
    fields([
      ['pod', '1'],
      ['address', undefined],
      ['status', 'a\u001bb'],
    ]),
  ).toBe('pod     1\nstatus  a\u{fffd}b\n');
});

it('words are short', () => {
  expect([0, 999, 1_000, 2_149, 59_999, 60_000, 3_599_000, 3_600_000, 172_800_000].map(duration)).toEqual([
    '0ms',
    '999ms',
    '1.0s',
    '2.1s',
    '59.9s',
    '1m0s',
    '59m59s',
    '1h0m',
    '2d0h',
  ]);
  expect([3, 0.123, 12.34].map(figure)).toEqual(['3', '0.12', '12.3']);
  expect([counted(1, 'user'), counted(2, 'user')]).toEqual(['1 user', '2 users']);
});

it('progress is written to a terminal only, and removed at the end', () => {
  const written: string[] = [];
  const write = (text: string): number => written.push(text);
  {
    using away = new Progress({ write });
    away.show('keys', 1, 2);
  }
  expect(written).toEqual([]);
  {
    using progress = new Progress({ write, isTTY: true, columns: 60 });
    progress.show('keys', 1, 2);
    progress.show('keys', 1, 2);
    progress.show('keys', 5, undefined);
  }
  expect(written).toEqual([
    `\r\u001b[K${'█'.repeat(12)}${'░'.repeat(12)} 1/2 keys`,
    '\r\u001b[K5 keys',
    '\r\u001b[K',
  ]);
});
