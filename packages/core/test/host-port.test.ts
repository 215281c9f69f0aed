import { expect, it } from 'vitest';
import { formatHostPort, parseHostPort } from '../src/adapter.ts';

it.each([
  ['redis:6379', { host: 'redis', port: 6379 }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
])('%s is host and port, and is written again as it was', (text, parsed) => {
  expect(parseHostPort(text)).toEqual(parsed);
  expect(formatHostPort(parsed)).toBe(text);
});

it.each([
  '',
  'redis',
  ':1',
  'redis:',
  'redis:65536',
  'redis:123456',
  '::1:1',
  '[a]:1',
  '[::1]',
  'a b:1',
  'http://a:1',
  'a:1/x',
])('%j is refused', (text) => {
  expect(parseHostPort(text)).toBeUndefined();
});
