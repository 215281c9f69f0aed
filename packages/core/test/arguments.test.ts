import { isRouteError } from '@stateful-route/core';
import {
  checkCallOptions,
  checkFunction,
  checkLoad,
  checkMetadata,
  checkNamespace,
  checkPodId,
  checkServiceName,
  checkTag,
  checkUid,
  checkWord,
} from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkIncarnation } from '../src/arguments/checks.ts';

const accepts = (check: (value: unknown) => void, value: unknown): boolean => {
  try {
    check(value);
    return true;
  } catch (error) {
    if (isRouteError(error, 'INVALID_PARAMETER')) return false;
    throw error;
  }
};

const notStrings = [undefined, null, 0, 7n, true, {}, [], ['ada'], new String('ada'), Symbol('ada')];

describe('names', () => {
  const good = ['a', 'A1', 'room', 'room-2', 'a.b_c-d', '0', 'a'.repeat(253), 'constructor'];
  const bad = [
    ...notStrings,
    '',
    '-a',
    'a-',
    '.',
    '_a',
    '__proto__',
    'a b',
    'a/b',
    'ä',
    '{a}',
    'a\n',
    '\na',
    'a'.repeat(254),
  ];

  it.for([
    [checkNamespace, 'namespace'],
    [checkServiceName, 'serviceName'],
    [checkTag, 'tag'],
  ] as const)('%o take letters, digits and what joins them', ([check, parameter]) => {
    expect(good.filter((name) => !accepts(check, name))).toEqual([]);
    expect(bad.filter((name) => accepts(check, name))).toEqual([]);
    expect(() => check('')).toThrow(expect.objectContaining({ parameter, code: 'INVALID_PARAMETER' }));
  });

  it('may hold a colon only in tags', () => {
    expect(accepts(checkTag, 'room:30013')).toBe(true);
    expect(accepts(checkNamespace, 'room:30013')).toBe(false);
    expect(accepts(checkServiceName, 'room:30013')).toBe(false);
    for (const tag of [':', ':a', 'a:']) expect(accepts(checkTag, tag)).toBe(false);
  });
});

describe('uids', () => {
  it.for([
    'a',
    ' ',
    'ada',
    '用户',
    '🙂',
    '__proto__',
    'a:b',
    '*',
    '\u00a0',
    'x'.repeat(512),
    '用'.repeat(170),
    '🙂'.repeat(128),
  ])('takes %o', (uid) => {
    expect(accepts(checkUid, uid)).toBe(true);
  });

  it.for([
    ...notStrings,
    '',
    '{',
    'a}b',
    '{ada}',
    'a\u0000',
    'a\n',
    'a\t',
    '\u007f',
    '\u009f',
    '\ud800',
    'a\udc00b',
    '\udc00\ud800',
    'x'.repeat(513),
    '用'.repeat(171),
    '🙂'.repeat(129),
  ])('refuses %o', (uid) => {
    expect(accepts(checkUid, uid)).toBe(false);
  });

  it('are measured in bytes of UTF-8', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, (uid) => {
        const bytes = new TextEncoder().encode(uid);
        const survives = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === uid;
        // oxlint-disable-next-line no-control-regex -- the ones that are refused
        const clean = !/[{}\u0000-\u001f\u007f-\u009f]/.test(uid);
        expect(accepts(checkUid, uid)).toBe(survives && clean && bytes.length >= 1 && bytes.length <= 512);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('different links', () => {
  it('never share a key', () => {
    const name = fc
      .string({ unit: fc.constantFrom('a', '.', '-'), minLength: 1, maxLength: 4 })
      .map((text) => `a${text}k`);
    const uid = fc.string({ unit: fc.constantFrom('a', ':lk:', '.', ' ', ':'), minLength: 1, maxLength: 4 });
    const link = fc.tuple(name, uid, name);
    const key = ([namespace, uid, service]: [string, string, string]): string =>
      `sf:{${namespace}:lk:${uid}}${service}`;
    fc.assert(
      fc.property(link, link, (one, other) => {
        expect([one, other].every(([namespace]) => accepts(checkNamespace, namespace))).toBe(true);
        expect([one, other].every((each) => accepts(checkUid, each[1]))).toBe(true);
        expect(key(one) === key(other)).toBe(one.join('\n') === other.join('\n'));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('numbers and words', () => {
  it('a podId is an integer ≥ 0, but not −0', () => {
    for (const podId of [0, 1, 2 ** 31 - 1]) expect(accepts(checkPodId, podId)).toBe(true);
    for (const podId of [-0, -1, 0.5, 2 ** 31, Number.NaN, Infinity, '0', 1n, null, undefined, [0]]) {
      expect(accepts(checkPodId, podId)).toBe(false);
    }
    expect(() => checkPodId('x', 'from')).toThrow(expect.objectContaining({ parameter: 'from' }));
  });

  it('a load is a finite number ≥ 0', () => {
    for (const load of [0, 0.1, 1e300]) expect(accepts(checkLoad, load)).toBe(true);
    for (const load of [-0.1, Number.NaN, Infinity, '1', null, undefined])
      expect(accepts(checkLoad, load)).toBe(false);
  });

  it('an incarnation is printable and has no spaces', () => {
    for (const id of ['a', '!~', 'x'.repeat(128)]) expect(accepts(checkIncarnation, id)).toBe(true);
    for (const id of ['', 'a b', 'ä', 'a\n', 'x'.repeat(129), 7])
      expect(accepts(checkIncarnation, id)).toBe(false);
  });

  it('metadata is an object of strings', () => {
    expect(accepts(checkMetadata, { weight: '2', '': '' })).toBe(true);
    for (const metadata of [
      null,
      [],
      'a',
      { weight: 2 },
      { a: undefined },
      { a: '\ud800' },
      { '\ud800': 'a' },
    ]) {
      expect(accepts(checkMetadata, metadata)).toBe(false);
    }
  });

  it('a word is one of the list, a listener a function', () => {
    expect(accepts((value) => checkWord(value, 'intent', ['drain']), 'drain')).toBe(true);
    expect(accepts((value) => checkWord(value, 'intent', ['drain']), 'Drain')).toBe(false);
    expect(accepts(checkFunction, () => {})).toBe(true);
    expect(accepts(checkFunction, {})).toBe(false);
  });

  it('options are an object, with a usable deadline and signal', () => {
    for (const options of [undefined, {}, { timeoutMs: 0.5 }, { signal: new AbortController().signal }]) {
      expect(accepts(checkCallOptions, options)).toBe(true);
    }
    const bad = [
      null,
      [],
      'x',
      7,
      { timeoutMs: 0 },
      { timeoutMs: '5' },
      { timeoutMs: 2 ** 31 },
      { signal: {} },
    ];
    for (const options of bad) expect(accepts(checkCallOptions, options)).toBe(false);
  });

  it('an error says which argument is wrong and what it must be', () => {
    expect(() => checkUid('')).toThrow('uid must be a string of 1–512 bytes of UTF-8.');
    expect(() => checkPodId(-1)).toThrow('podId must be an integer from 0 to 2147483647.');
  });
});
