import type { ScannedLink, ScanPage } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { HOST, look } from './support/looking.ts';

const DRAIN = '/api/v1/services/room/pods/1/drain';
const ACTIONS = [
  '/api/v1/services/room/pods/1/cordon',
  DRAIN,
  '/api/v1/services/room/pods/1/resume',
  '/api/v1/services/room/user/move',
  '/api/v1/services/room/user/pin',
  '/api/v1/services/room/user/unpin',
  '/api/v1/services/room/user/unlink',
  '/api/v1/services/room/user/kick',
  '/api/v1/services/room/user/unquarantine',
  '/api/v1/services/room/freeze',
  '/api/v1/services/room/unfreeze',
];
const READS = [
  '/api/v1/console',
  '/api/v1/services',
  '/api/v1/services/room',
  '/api/v1/services/room/pods',
  '/api/v1/services/room/pods/1',
  '/api/v1/services/room/pods/1/users',
  '/api/v1/services/room/user?uid=ada',
  '/api/v1/services/room/journal',
  '/api/v1/events?service=room',
];
/** Calls of the store that change something. */
const CHANGES = /^(?:set|replace|remove|give|trySet|write|mark|report|take|enter|leave|register)/;

const bodyFor = (path: string): object =>
  path.includes('/user/')
    ? { uid: 'ada', ...(/(?:move|pin)$/.test(path) && !path.endsWith('unpin') && { to: 1 }) }
    : {};

describe('without a sign-in', () => {
  it.each([...READS, ...ACTIONS])('%s is refused, before the store is asked', async (path) => {
    await using looking = await look({ authorize: () => undefined });
    const { calls, get, post } = looking;
    const { status, body } = await (ACTIONS.includes(path) ? post(path, bodyFor(path)) : get(path));
    expect({ status, code: body.error.code }).toEqual({ status: 403, code: 'FORBIDDEN' });
    expect(calls).toEqual([]);
  });

  it('the answer may be a sign-in of the application', async () => {
    await using looking = await look({
      authorize: async () => new Response(null, { status: 302, headers: { location: '/sign-in' } }),
    });
    const { status, headers } = await looking.get('/api/v1/console');
    expect({ status, location: headers.get('location') }).toEqual({ status: 302, location: '/sign-in' });
  });

  it('a sign-in that fails is no way in', async () => {
    await using looking = await look({
      authorize: () => Promise.reject(new Error('the directory of people is away')),
    });
    const { status, body } = await looking.get('/api/v1/services');
    expect({ status, message: body.error.message }).toEqual({
      status: 500,
      message: 'The console failed; its log says why.',
    });
    expect(looking.calls).toEqual([]);
  });
});

describe('an action', () => {
  it.each(ACTIONS)('%s is refused while the console is read-only, which it is by default', async (path) => {
    await using looking = await look({ readOnly: undefined });
    const { status, body } = await looking.post(path, bodyFor(path));
    expect({ status, message: body.error.message }).toEqual({
      status: 403,
      message: 'This console is read-only.',
    });
    expect(looking.calls).toEqual([]);
    expect((await looking.get('/api/v1/console')).body.mayAct).toBe(false);
  });

  it.each(ACTIONS)('%s is refused to who may only read', async (path) => {
    await using looking = await look({ authorize: () => ({ who: 'dave', may: 'read' }) });
    expect(await looking.post(path, bodyFor(path))).toMatchObject({ status: 403 });
    expect(looking.calls).toEqual([]);
    expect((await looking.get('/api/v1/console')).body).toMatchObject({ who: 'dave', mayAct: false });
  });

  it.each<[string, Record<string, string>]>([
    ['of another origin', { origin: 'http://evil.test' }],
    ['of the same host at another port', { origin: `http://${HOST}:81` }],
    ['of a sandboxed frame', { origin: 'null' }],
    [
      'of another site, by what the browser says',
      { origin: `http://${HOST}`, 'sec-fetch-site': 'cross-site' },
    ],
    ['of a sister site', { 'sec-fetch-site': 'same-site' }],
  ])('is refused from a page %s', async (_, headers) => {
    await using looking = await look();
    for (const path of ACTIONS) {
      expect(await looking.post(path, bodyFor(path), headers)).toMatchObject({
        status: 403,
        body: { error: { code: 'FORBIDDEN' } },
      });
    }
    expect(looking.calls).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'is refused as %s, which a form of any page can send',
    async (type) => {
      await using looking = await look();
      const { status, body } = await looking.post(DRAIN, '{}', { 'content-type': type });
      expect({ status, code: body.error.code }).toEqual({ status: 400, code: 'INVALID_REQUEST' });
      expect(looking.calls).toEqual([]);
    },
  );

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is never a %s', async (method) => {
    await using looking = await look();
    for (const path of ACTIONS) {
      const { status } = await looking.request(`${path}?uid=ada&to=1`, { method });
      expect({ path, status }).toEqual({ path, status: 404 });
    }
    expect(looking.calls.filter((call) => CHANGES.test(call))).toEqual([]);
  });

  it('is done for the page itself, and for a program', async () => {
    await using looking = await look();
    const byThePage = { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };
    for (const headers of [byThePage, undefined]) {
      expect(await looking.post(DRAIN, {}, headers)).toMatchObject({ status: 200, body: { by: 'carol' } });
    }
  });
});

it('a read never changes anything', async () => {
  const scanLinks = async function* (): AsyncGenerator<ScanPage<ScannedLink>> {
    yield { found: [{ uid: 'ada', serviceName: 'room' }], scanned: 1, total: 1 };
  };
  await using looking = await look({ inspector: { scanLinks } });
  for (const path of READS) {
    const { status, body } = await looking.request(path);
    expect({ path, status }).toEqual({ path, status: 200 });
    await body?.cancel();
  }
  expect(looking.calls.filter((call) => CHANGES.test(call))).toEqual([]);
});

describe('with allowHosts', () => {
  it.each<[string, number]>([
    ['console.example', 200],
    ['CONSOLE.example:9000', 200],
    ['localhost:8080', 200],
    ['localhost:8081', 403],
    ['evil.test', 403],
    ['console.example.evil.test', 403],
  ])('%s is answered with %i, also for the page', async (host, status) => {
    await using looking = await look({ allowHosts: ['console.example', 'localhost:8080'] });
    for (const path of ['/api/v1/console', '/api/v1/services', '/']) {
      const response = await looking.console.fetch(
        new Request(`http://${host}${path}`, { headers: { host } }),
      );
      // Where the page is not built, that is told in place of it.
      expect(path === '/' && status === 200 ? [200, 500] : [status]).toContain(response.status);
      await response.body?.cancel();
    }
  });
});

it('every answer says that nothing else may be loaded, and that no page may frame it', async () => {
  await using looking = await look();
  for (const path of ['/api/v1/console', '/api/v1/none', '/nowhere', '/api/v1/events?service=room']) {
    const { headers, body } = await looking.request(path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('set-cookie')).toBeNull();
    if (path.startsWith('/api')) expect(headers.get('cache-control')).toBe('no-store');
    await body?.cancel();
  }
});

it('refuses options that cannot be meant', async () => {
  await expect(look({ path: '/ops/', everyMs: -1, allowHosts: [] })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    faults: [{ name: 'path' }, { name: 'everyMs' }, { name: 'allowHosts' }],
  });
});
