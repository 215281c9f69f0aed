import { describe, expect, it } from 'vitest';
import { parseLogLine, parseLogTime } from '@stateful-route/lab/log';

const TIME = Date.UTC(2015, 4, 17, 10, 5, 3);

describe('parseLogLine', () => {
  it.each([
    ['Common', '83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 203023', '83.149.9.216'],
    [
      'Combined',
      '83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 - "http://a/" "Mozilla"',
      '83.149.9.216',
    ],
    ['IPv6', '2001:db8::1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 304 0', '2001:db8::1'],
    ['a host', 'ada.example.org - - [17/May/2015:10:05:03 +0000] "-" 408 0', 'ada.example.org'],
    ['a user with a blank', 'h id ada lovelace [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1', 'h'],
    ['escaped quotes', String.raw`h - - [17/May/2015:10:05:03 +0000] "GET /\"a\" HTTP/1.1" 200 1`, 'h'],
    ['a cut-off agent', 'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "Mozi', 'h'],
    ['brackets in the request', 'h - - [17/May/2015:10:05:03 +0000] "GET /[1] HTTP/1.1" 200 1', 'h'],
  ])('reads %s', (_, line, uid) => {
    expect(parseLogLine(line)).toEqual({ uid, time: TIME });
  });

  it.each([
    ['', 'it is empty'],
    ['   ', 'it is empty'],
    ['garbage', 'it has no address, two fields and a time in brackets'],
    [
      'h - - [17/May/2015:10:05:03 +0000] GET / 200 1',
      'it has no "request", status and size after the time in brackets',
    ],
    [
      'h - - [17/May/2015:10:05:03 +0000] "GET /" 2000 1',
      'it has no "request", status and size after the time in brackets',
    ],
    ['h - - [yesterday] "GET /" 200 1', '"yesterday" is not a time'],
    ['h - - [31/Feb/2015:10:05:03 +0000] "GET /" 200 1', '"31/Feb/2015:10:05:03 +0000" is not a time'],
  ])('says what is wrong with %j', (line, problem) => {
    expect(parseLogLine(line)).toEqual({ problem });
  });

  it.each([
    ['{h}', 'braces'],
    ['h\u0007', 'a control character'],
    ['x'.repeat(513), 'more than 512 bytes'],
    ['h\uFFFD', 'bytes that are not UTF-8'],
  ])('refuses an address that cannot be a uid: %j, with %s', (host) => {
    const line = parseLogLine(`${host} - - [17/May/2015:10:05:03 +0000] "GET /" 200 1`);
    expect(line.problem).toMatch(/^the address (cannot be a uid: |is not UTF-8)/);
  });
});

describe('parseLogTime', () => {
  it('reads offsets', () => {
    expect(parseLogTime('17/May/2015:12:05:03 +0200')).toBe(TIME);
    expect(parseLogTime('17/May/2015:04:35:03 -0530')).toBe(TIME);
  });

  it('takes a leap second and no other second 60', () => {
    expect(parseLogTime('31/Dec/2016:23:59:60 +0000')).toBe(Date.UTC(2017, 0, 1));
    expect(parseLogTime('31/Dec/2016:23:59:61 +0000')).toBeUndefined();
  });

  it.each([
    '29/Feb/2015:00:00:00 +0000',
    '00/May/2015:00:00:00 +0000',
    '17/Foo/2015:00:00:00 +0000',
    '17/May/2015:24:00:00 +0000',
    '17/May/2015:00:60:00 +0000',
    '17/May/2015 00:00:00',
  ])('rejects %s', (text) => {
    expect(parseLogTime(text)).toBeUndefined();
  });
});
