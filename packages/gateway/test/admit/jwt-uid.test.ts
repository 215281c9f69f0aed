import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import type { JwtUid } from '../../src/gateway.ts';
import { AskedAdmission } from './asked.ts';

const SECRET = 'a secret of thirty-two bytes, or more';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const asked = { claim: 'sub', issuer: 'https://id.example', audience: 'rooms' } as const;

function verifierOf(jwt: Omit<JwtUid, keyof typeof asked>): AskedAdmission {
  return new AskedAdmission({ service: 'room', uid: { jwt: { ...asked, ...jwt } } });
}

function token(now: number, changes: Readonly<Record<string, unknown>> = {}): SignJWT {
  const exp = Math.floor(now / 1000) + 60;
  return new SignJWT({ sub: 'ada', iss: asked.issuer, aud: asked.audience, exp, ...changes });
}

const bearer = (signed: string): { headers: string[] } => ({ headers: [`Authorization: Bearer ${signed}`] });

describe('a uid in a JWT', () => {
  const hs = verifierOf({ algorithms: ['HS256'], secret: SECRET });
  const signed = (changes?: Readonly<Record<string, unknown>>, alg = 'HS256', secret = SECRET) =>
    token(hs.clock.now(), changes).setProtectedHeader({ alg }).sign(encode(secret));

  it('is read from a token with a valid signature', async () => {
    expect(await hs.uid(bearer(await signed()))).toBe('ada');
    expect(await hs.uid({ headers: [`authorization: bearer ${await signed()}`] })).toBe('ada');
  });

  it.each([
    ['expired', { exp: 1 }],
    ['without an end', { exp: undefined }],
    ['not valid yet', { nbf: 1e12 }],
    ['for others', { aud: 'others' }],
    ['for nobody', { aud: undefined }],
    ['of another issuer', { iss: 'https://eve.example' }],
    ['without the claim', { sub: undefined }],
    ['with a number as the claim', { sub: 7 }],
  ])('is refused with 401: %s', async (_, changes) => {
    const verdict = await hs.ask(bearer(await signed(changes)));
    expect(verdict).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    });
  });

  it('expires by the clock that was handed in', async () => {
    const old = await signed();
    await hs.clock.advance(70_000);
    expect(await hs.ask(bearer(old))).toMatchObject({ status: 401, body: 'The token has expired.' });
  });

  it('is refused with another secret or algorithm, unsigned, or not a token', async () => {
    expect(await hs.uid(bearer(await signed({}, 'HS256', `${SECRET}.`)))).toBe(401);
    expect(await hs.uid(bearer(await signed({}, 'HS512')))).toBe(401);
    const claims = { sub: 'ada', iss: asked.issuer, aud: asked.audience, exp: 4e9 };
    expect(await hs.uid(bearer(new UnsecuredJWT(claims).encode()))).toBe(401);
    expect(await hs.uid(bearer('x.y.z'))).toBe(401);
    expect(await hs.uid({ headers: ['Authorization: Basic YTpi'] })).toBe(401);
    expect(await hs.uid({})).toBe(401);
  });

  it('is refused when sent twice', async () => {
    const { headers } = bearer(await signed());
    expect(await hs.uid({ headers: [...headers, ...headers] })).toBe(400);
  });

  it('obeys the rule for uids', async () => {
    expect(await hs.uid(bearer(await signed({ sub: 'a{b' })))).toBe(400);
  });

  it('is read from a cookie, and then needs an origin', async () => {
    const inCookie = verifierOf({ algorithms: ['HS256'], secret: SECRET, cookie: 'session' });
    const fresh = token(inCookie.clock.now()).setProtectedHeader({ alg: 'HS256' });
    const headers = [`Cookie: session=${await fresh.sign(encode(SECRET))}`];
    expect(await inCookie.uid({ headers })).toBe('ada');
    expect(await inCookie.uid({ headers }, true)).toBe(403);
    expect(await inCookie.uid({ headers: [...headers, 'Origin: https://app.example'] }, true)).toBe('ada');
  });

  it.each([
    ['RS256', rsa],
    ['PS256', rsa],
    ['ES256', ec],
  ])('is read with a public key, which is no secret: %s', async (alg, { privateKey, publicKey }) => {
    const verifier = verifierOf({ algorithms: [alg], publicKey: pem(publicKey) });
    const fresh = () => token(verifier.clock.now());
    expect(await verifier.uid(bearer(await fresh().setProtectedHeader({ alg }).sign(privateKey)))).toBe(
      'ada',
    );
    const confused = fresh()
      .setProtectedHeader({ alg: 'HS256' })
      .sign(encode(pem(publicKey)));
    expect(await verifier.uid(bearer(await confused))).toBe(401);
  });
});

interface KeyServer {
  readonly url: string;
  asked: number;
  /** The body of the answer; an empty one comes with 500. */
  answer(): Promise<string> | string;
}

describe('a key set', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function keyServer(): Promise<KeyServer> {
    const server = createServer((_, response) => {
      state.asked += 1;
      void Promise.resolve(state.answer()).then((body) => {
        response.writeHead(body === '' ? 500 : 200, { 'content-type': 'application/json' }).end(body);
      });
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const state: KeyServer = { url: `http://127.0.0.1:${port}/keys`, asked: 0, answer: () => '' };
    return state;
  }

  const keys = async (kid: string): Promise<string> =>
    JSON.stringify({ keys: [{ ...(await exportJWK(ec.publicKey)), kid, alg: 'ES256' }] });
  const signedBy = (verifier: AskedAdmission, kid: string): Promise<string> =>
    token(verifier.clock.now()).setProtectedHeader({ alg: 'ES256', kid }).sign(ec.privateKey);

  it('is read once, verifies tokens by their key, and refuses those of unknown keys', async () => {
    const server = await keyServer();
    server.answer = () => keys('a');
    const verifier = verifierOf({ algorithms: ['ES256'], jwksUrl: server.url });
    expect(await verifier.uid(bearer(await signedBy(verifier, 'a')))).toBe('ada');
    expect(await verifier.uid(bearer(await signedBy(verifier, 'other')))).toBe(401);
    const confused = token(verifier.clock.now()).setProtectedHeader({ alg: 'HS256', kid: 'a' });
    expect(await verifier.uid(bearer(await confused.sign(encode(pem(ec.publicKey)))))).toBe(401);
    expect(server.asked).toBe(1);
  });

  it('that cannot be read is answered 503, as the token may be valid', async () => {
    const server = await keyServer();
    const verifier = verifierOf({ algorithms: ['ES256'], jwksUrl: server.url, jwksTimeoutMs: 100 });
    const signed = await signedBy(verifier, 'a');
    const answers = [() => '', () => 'no JSON', () => new Promise<string>(() => {})];
    for (const answer of answers) {
      server.answer = answer;
      expect(await verifier.ask(bearer(signed))).toMatchObject({
        status: 503,
        headers: { 'retry-after': '1' },
      });
    }
    server.answer = () => keys('a');
    expect(await verifier.uid(bearer(signed))).toBe('ada');
  });

  it('is read again after ten minutes, and serves on if that fails', async () => {
    const server = await keyServer();
    server.answer = () => keys('a');
    const verifier = verifierOf({ algorithms: ['ES256'], jwksUrl: server.url });
    expect(await verifier.uid(bearer(await signedBy(verifier, 'a')))).toBe('ada');
    server.answer = () => '';
    await verifier.clock.advance(600_001);
    expect(await verifier.uid(bearer(await signedBy(verifier, 'a')))).toBe('ada');
    await expect.poll(() => server.asked).toBe(2);
    expect(await verifier.uid(bearer(await signedBy(verifier, 'a')))).toBe('ada');
  });
});
