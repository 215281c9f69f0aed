import { describe, expect, it } from 'vitest';
import { AskedAdmission } from './asked.ts';

const cookie = 'Cookie: user=ada';

describe('the origin of a request whose uid is from a cookie', () => {
  const own = new AskedAdmission({ service: 'room', uid: { cookie: 'user' } });

  it.each([
    ['GET', 'ada'],
    ['HEAD', 'ada'],
    ['OPTIONS', 'ada'],
    ['POST', 403],
    ['DELETE', 403],
    ['PROPFIND', 403],
  ])('may be missing from what changes nothing: %s', async (method, expected) => {
    expect(await own.uid({ line: `${method} /`, headers: [cookie] })).toBe(expected);
  });

  it('is required of an upgrade', async () => {
    expect(await own.uid({ headers: [cookie] }, true)).toBe(403);
    expect(await own.uid({ headers: [cookie, 'Origin: https://app.example'] }, true)).toBe('ada');
  });

  it.each([
    ['its own host', ['Origin: https://app.example'], 'ada'],
    ['its own host without TLS', ['Origin: http://app.example'], 'ada'],
    ['the port of the scheme in Host', ['Origin: https://app.example', 'Host: app.example:443'], 'ada'],
    ['another port', ['Origin: https://app.example:8443'], 403],
    ['another host', ['Origin: https://eve.example'], 403],
    ['a host that begins alike', ['Origin: https://app.example.eve.example'], 403],
    ['null', ['Origin: null'], 403],
    ['two', ['Origin: https://app.example', 'Origin: https://app.example'], 403],
    ['a path', ['Origin: https://app.example/'], 403],
    ['a user', ['Origin: https://x@app.example'], 403],
    ['a Host that is none', ['Origin: https://app.example', 'Host: x@app.example'], 403],
  ])('same host: %s', async (_, headers, expected) => {
    for (const upgrade of [true, false]) {
      expect(await own.uid({ line: 'POST /', headers: [cookie, ...headers] }, upgrade)).toBe(expected);
    }
  });

  it('is one of allowOrigins, and then not any other', async () => {
    const allowOrigins = ['https://site.example'];
    const admission = new AskedAdmission({ service: 'room', uid: { cookie: 'user' }, allowOrigins });
    const upgrade = (origin: string) => admission.uid({ headers: [cookie, `Origin: ${origin}`] }, true);
    expect(await upgrade('https://site.example')).toBe('ada');
    expect(await upgrade('https://app.example')).toBe(403);
    expect(await upgrade('http://site.example')).toBe(403);
  });
});

describe('the origin of a request whose uid is from elsewhere', () => {
  it('is checked if allowOrigins is given', async () => {
    const options = { service: 'room', uid: { header: 'x-user' } };
    const foreign = { headers: ['x-user: ada', 'Origin: https://eve.example'] };
    expect(await new AskedAdmission(options).uid(foreign, true)).toBe('ada');
    const strict = new AskedAdmission({ ...options, allowOrigins: ['https://app.example'] });
    expect(await strict.uid(foreign, true)).toBe(403);
  });
});
