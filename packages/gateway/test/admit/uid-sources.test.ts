import { array, assert, asyncProperty, boolean, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AskedAdmission } from './asked.ts';

const service = 'room';

describe('a uid in a header', () => {
  const admission = new AskedAdmission({ service, uid: { header: 'X-User' } });

  it('is read in any case, and percent-decoded', async () => {
    expect(await admission.uid({ headers: ['x-uSER: ada%20%C3%A9'] })).toBe('ada é');
  });

  it.each([
    ['none', []],
    ['an empty one', ['x-user:']],
    ['two', ['x-user: ada', 'X-User: ada']],
    ['a percent sign that encodes nothing', ['x-user: 50%']],
    ['bytes that are no UTF-8', ['x-user: %ff']],
    ['bytes that are not encoded', ['x-user: adé']],
    ['a brace', ['x-user: a%7Bb']],
    ['a control character', ['x-user: a%0Db']],
    ['513 bytes', [`x-user: ${'a'.repeat(513)}`]],
  ])('is refused: %s', async (_, headers) => {
    expect(await admission.uid({ headers })).toBe(400);
  });
});

describe('a uid in a cookie', () => {
  const admission = new AskedAdmission({ service, uid: { cookie: 'user' } });

  it.each([
    ['among others', ['Cookie: a=b; user=ada; userx=eve'], 'ada'],
    ['in quotes', ['Cookie: user="ada"'], 'ada'],
    ['encoded', ['Cookie: user=a%3Bb'], 'a;b'],
    ['without a value', ['Cookie: user'], 400],
    ['twice in one header', ['Cookie: user=ada; user=eve'], 400],
    ['twice in two headers', ['Cookie: user=ada', 'Cookie: user=eve'], 400],
    ['of another case', ['Cookie: User=ada'], 400],
  ])('%s', async (_, headers, expected) => {
    expect(await admission.uid({ headers })).toBe(expected);
  });
});

describe('a uid in the query', () => {
  const admission = new AskedAdmission({ service, uid: { query: 'u id' } });

  it.each([
    ['/?u+id=ada', 'ada'],
    ['/?u%20id=a+b%2Bc', 'a b+c'],
    ['/?x=1&u+id=ada&%zz', 'ada'],
    ['/?u+id=ada&u%20id=eve', 400],
    ['/?u+id=ada&u+id', 400],
    ['/?u+id=%', 400],
    ['/?u+id', 400],
    ['/', 400],
    ['http://app.example/?u+id=ada', 400],
  ])('%s', async (path, expected) => {
    expect(await admission.uid({ line: `GET ${path}` })).toBe(expected);
  });
});

describe('a uid in the path', () => {
  const admission = new AskedAdmission({ service, uid: { path: 1 } });

  it.each([
    ['/rooms/ada', 'ada'],
    ['/rooms/ada/visits?x=/../', 'ada'],
    ['/rooms/a%2Fb', 'a/b'],
    ['/rooms/%E2%82%AC', '€'],
    ['/rooms/...', '...'],
    ['/rooms', 400],
    ['/rooms//ada', 400],
    ['/rooms/?ada', 400],
    ['/rooms/ada/../eve', 400],
    ['/rooms/ada/%2e%2E/eve', 400],
    ['/rooms/ada/..;x=1/eve', 400],
    ['/rooms/./ada', 400],
    ['/rooms/ada\\..\\eve', 400],
    ['//rooms/ada', 400],
    ['/rooms%2Fada/eve', 400],
    ['/rooms%5Cada/eve', 400],
    ['/rooms/ada//visits', 'ada'],
    ['http://app.example/rooms/ada', 400],
  ])('%s', async (path, expected) => {
    expect(await admission.uid({ line: `GET ${path}` })).toBe(expected);
  });

  it('is one uid, however its characters are encoded', async () => {
    const uids = string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter(
      (uid) => uid.isWellFormed() && !/[{}\p{Cc}]/u.test(uid) && !/^\.{1,2}(;|$)/.test(uid),
    );
    const choices = array(boolean(), { minLength: 20, maxLength: 20 });
    await assert(
      asyncProperty(uids, choices, async (uid, plain) => {
        const encoded = Array.from(uid).map((character, at) => {
          if (plain[at] && /^[A-Za-z0-9_-]$/.test(character)) return character;
          const bytes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
          return bytes.join('');
        });
        expect(await admission.uid({ line: `GET /rooms/${encoded.join('')}` })).toBe(uid);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a uid by a function', () => {
  it('is taken as it is, from a promise too', async () => {
    const admission = new AskedAdmission({ service, uid: async ({ url }) => url?.slice(1) });
    expect(await admission.uid({ line: 'GET /a%20b' })).toBe('a%20b');
    expect(await admission.uid({ line: 'GET /{' })).toBe(400);
  });

  it('answers 500 without a reason when it throws or rejects, or returns what is no text', async () => {
    const secret = new Error('10.0.0.7 refused');
    const uids = [
      () => {
        throw secret;
      },
      () => Promise.reject(secret),
      () => 7 as unknown as string,
    ];
    for (const uid of uids) {
      const verdict = await new AskedAdmission({ service, uid }).ask({});
      expect(verdict).toEqual({ status: 500, body: 'The request cannot be served.' });
    }
  });

  it('is given up at the deadline', async () => {
    let asked = 0;
    const uid = () => {
      asked += 1;
      return new Promise<string>(() => {});
    };
    const admission = new AskedAdmission({ service, uid, callTimeoutMs: 50 });
    const verdict = admission.ask({});
    await expect.poll(() => asked).toBe(1);
    await admission.clock.advance(51);
    expect(await verdict).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });
});

describe('a request without a uid', () => {
  it('is answered by the application, if it wants to; an upgrade is not', async () => {
    const withoutUid = (): void => {};
    const admission = new AskedAdmission({ service, uid: { header: 'x-user' }, withoutUid });
    expect(await admission.ask({})).toMatchObject({ status: 400, answer: withoutUid });
    expect(await admission.ask({}, true)).toMatchObject({ status: 400, answer: undefined });
    expect(await admission.ask({ headers: ['x-user:'] })).not.toHaveProperty('answer');
  });
});

describe('a service by the request', () => {
  it('is one of those that were named', async () => {
    const admission = new AskedAdmission({
      services: ['room', 'chat'],
      serviceOf: ({ headers }) => headers['x-service'] as string | undefined,
      uid: { header: 'x-user' },
    });
    const headers = (name: string): string[] => ['x-user: ada', `x-service: ${name}`];
    expect(await admission.ask({ headers: headers('chat') })).toEqual({
      uid: 'ada',
      service: { serviceName: 'chat' },
    });
    for (const other of [headers('match'), headers('__proto__'), ['x-user: ada']]) {
      expect(await admission.uid({ headers: other })).toBe(404);
    }
  });
});
