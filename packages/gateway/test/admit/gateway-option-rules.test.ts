import { generateKeyPairSync } from 'node:crypto';
import { isRouteError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { checkGatewayOptions } from '../../src/admit/gateway-option-rules.ts';

const pem = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
const serviceOf = (): string => 'b';
const good = { service: 'room', uid: { header: 'x-user' } };
const jwt = { claim: 'sub', algorithms: ['HS256'], issuer: 'i', audience: 'a', secret: 's'.repeat(32) };
const keyless = { ...jwt, secret: undefined, algorithms: ['RS256'] };

function faults(options: unknown): string[] {
  try {
    checkGatewayOptions(options);
    return [];
  } catch (error) {
    if (!isRouteError(error, 'INVALID_CONFIG')) throw error;
    return error.faults.map(({ name, problem }) => `${name}: ${problem}`);
  }
}

const names = (options: unknown): string[] => faults(options).map((fault) => fault.split(':')[0]!);

describe('the options of a gateway', () => {
  it.each([
    good,
    { ...good, uid: () => 'ada' },
    { ...good, uid: { jwt } },
    { services: ['a', 'b'], serviceOf, uid: { path: 0 } },
    { ...good, allowOrigins: ['https://a.example', 'http://b.example:81'], placeRate: 0.5 },
    { ...good, uid: { jwt: { ...keyless, algorithms: ['ES256', 'RS256'], jwksUrl: 'https://a/k' } } },
    { ...good, uid: { jwt: { ...keyless, algorithms: ['PS256', 'RS256'], publicKey: pem(2048) } } },
  ])('may be: %#', (options) => {
    expect(faults(options)).toEqual([]);
  });

  it('name every fault at once, and what was probably meant', () => {
    const options = {
      servise: 'room',
      uid: { jwt: { claim: '', algorithm: [], secret: 'short', issuer: 'i' } },
      placeRate: 0,
      maxPending: 1.5,
      allowOrigins: ['*', 'null', 'https://A.example', 'https://a.example/'],
    };
    expect(faults(options)).toEqual([
      'servise: is unknown; did you mean service?',
      'uid.jwt.claim: must be a string of 1–1000 characters',
      'uid.jwt.algorithm: is unknown; did you mean algorithms?',
      'uid.jwt.secret: must be a string of at least 32 bytes',
      'uid.jwt.algorithms: must be given',
      'uid.jwt.audience: must be given',
      expect.stringMatching(/^placeRate: must be a number above 0/),
      expect.stringMatching(/^maxPending: must be an integer/),
      expect.stringMatching(/^allowOrigins\[0\]: must be an origin such as/),
      expect.stringMatching(/^allowOrigins\[1\]/),
      expect.stringMatching(/^allowOrigins\[2\]/),
      expect.stringMatching(/^allowOrigins\[3\]/),
      'service: must be given, or services with serviceOf',
    ]);
  });

  it.each([
    [{ uid: good.uid }, ['service']],
    [{ ...good, services: ['b'], serviceOf }, ['service']],
    [{ services: ['b'], uid: good.uid }, ['serviceOf']],
    [{ ...good, serviceOf }, ['serviceOf']],
    [{ services: [], serviceOf, uid: good.uid }, ['services']],
    [{ services: ['a b', ''], serviceOf, uid: good.uid }, ['services[0]', 'services[1]']],
    [{ service: 'room' }, ['uid']],
    [{ ...good, uid: null }, ['uid']],
    [{ ...good, uid: 'x-user' }, ['uid']],
    [{ ...good, uid: {} }, ['uid']],
    [{ ...good, uid: { header: 'a', cookie: 'b' } }, ['uid']],
    [{ ...good, uid: { header: 'a b' } }, ['uid.header']],
    [{ ...good, uid: { heder: 'a' } }, ['uid.heder']],
    [{ ...good, uid: { path: -1 } }, ['uid.path']],
    [{ ...good, clock: {}, logger: {} }, ['clock', 'logger']],
  ])('refuse: %#', (options, expected) => {
    expect(names(options)).toEqual(expected);
  });

  it.each([
    [{ ...jwt, algorithms: ['none'] }, ['algorithms']],
    [{ ...jwt, algorithms: [] }, ['algorithms']],
    [{ ...jwt, algorithms: ['RS256'] }, ['algorithms']],
    [keyless, ['']],
    [{ ...jwt, publicKey: pem(2048) }, ['']],
    [{ ...keyless, publicKey: pem(2048), algorithms: ['HS256'] }, ['algorithms']],
    [{ ...keyless, publicKey: pem(2048), algorithms: ['RS256', 'HS256'] }, ['algorithms']],
    [{ ...keyless, publicKey: pem(2048), algorithms: ['ES256'] }, ['algorithms']],
    [{ ...keyless, publicKey: pem(1024) }, ['publicKey']],
    [{ ...keyless, publicKey: 'x' }, ['publicKey']],
    [{ ...keyless, jwksUrl: 'http://id.example/k' }, ['jwksUrl']],
    [{ ...jwt, jwksTimeoutMs: 5 }, ['jwksTimeoutMs']],
  ])('refuse a JWT whose key and algorithms do not go together: %#', (options, expected) => {
    const whole = expected.map((name) => (name === '' ? 'uid.jwt' : `uid.jwt.${name}`));
    expect(names({ ...good, uid: { jwt: options } })).toEqual(whole);
  });
});
