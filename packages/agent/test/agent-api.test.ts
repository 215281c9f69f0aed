import { isRouteError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { createAgent } from '../src/index.ts';
import { LEASE_MS, MARGIN_MS, PERIOD_MS, settled, startTestAgent } from './support/test-agent.ts';

describe('claims', () => {
  it('claims a user, tells the token, lists and releases the user', async () => {
    const { ask, route } = await startTestAgent();
    const claimed = await ask('POST', '/v1/users/ada/claim');
    expect(claimed.status).toBe(200);
    const { token } = claimed.body as { token: number };
    expect(route.pods[0]!.server.holds('ada')).toBe(true);
    expect(await ask('POST', '/v1/users/ada/claim')).toMatchObject({ status: 200, body: { token } });
    expect(await ask('GET', '/v1/users')).toMatchObject({
      status: 200,
      body: { users: [{ uid: 'ada', token }] },
    });
    const higher = await ask('POST', '/v1/users/ada/claim', { minToken: token + 7 });
    expect(higher).toMatchObject({ status: 200, body: { token: token + 7 } });
    expect(await ask('DELETE', '/v1/users/ada')).toMatchObject({ status: 200, body: { released: true } });
    expect(await ask('DELETE', '/v1/users/ada')).toMatchObject({ status: 200, body: { released: false } });
    expect(await ask('GET', '/v1/users')).toMatchObject({ body: { users: [] } });
  });

  it('names the pod that has the user', async () => {
    const { ask, route } = await startTestAgent({ pods: [{}, { address: '10.0.0.2:80' }] });
    await route.pods[1]!.server.claim('ada');
    expect(await ask('POST', '/v1/users/ada/claim')).toMatchObject({
      status: 409,
      body: { podId: 1, address: '10.0.0.2:80', why: 'held' },
    });
  });

  it('takes uids in percent-encoding', async () => {
    const { ask, route } = await startTestAgent();
    for (const uid of ['a/b', 'ä ö?#&', '100%', '%2F', '日本', "o'c"]) {
      expect(await ask('POST', `/v1/users/${encodeURIComponent(uid)}/claim`)).toMatchObject({ status: 200 });
      expect(route.pods[0]!.server.holds(uid)).toBe(true);
      expect(await ask('DELETE', `/v1/users/${encodeURIComponent(uid)}`)).toMatchObject({
        body: { released: true },
      });
    }
    for (const path of [
      '/v1/users/%ff/claim',
      '/v1/users/%zz/claim',
      '/v1/users/a%7Bb/claim',
      `/v1/users/${'u'.repeat(513)}/claim`,
    ])
      expect(await ask('POST', path)).toMatchObject({ status: 400, body: { code: 'INVALID_PARAMETER' } });
  });

  it('is 503 with Retry-After while the pod is fenced', async () => {
    const { ask, route } = await startTestAgent();
    route.kill(0);
    await route.advance(LEASE_MS - MARGIN_MS);
    const answer = await ask('POST', '/v1/users/ada/claim');
    expect(answer).toMatchObject({ status: 503, body: { code: 'FENCED' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await ask('GET', '/readyz')).status).toBe(503);
  });

  it('never says that it may serve longer than until its fence', async () => {
    const { follow, route } = await startTestAgent();
    await route.advance(PERIOD_MS / 2);
    route.kill(0);
    await route.advance(1_000);
    const follower = await follow();
    await settled();
    const { validForMs } = follower.events[0]!.data as { validForMs: number };
    // The last acknowledged heartbeat was sent at the start.
    expect(validForMs).toBe(LEASE_MS - MARGIN_MS - PERIOD_MS / 2 - 1_000);
    await route.advance(validForMs - 1);
    expect(route.pods[0]!.server.isFenced()).toBe(false);
    await route.advance(1);
    expect(route.pods[0]!.server.isFenced()).toBe(true);
  });
});

describe('what is wrong with a request', () => {
  it.each([
    ['POST', '/v1/users/ada/claim', '{', 'body must be JSON'],
    ['POST', '/v1/users/ada/claim', '[]', 'must be an object'],
    ['POST', '/v1/users/ada/claim', '{"minTokn":1}', 'did you mean minToken?'],
    ['POST', '/v1/users/ada/claim', '{"minToken":-1}', 'minToken'],
    ['PUT', '/v1/pod', '{"load":-1}', 'load'],
    ['PUT', '/v1/pod', '{"routingState":"GONE"}', 'routingState'],
    ['PUT', '/v1/pod', '{"maxUsers":0,"metadata":7}', 'maxUsers'],
    ['POST', '/v1/drain', '{"deadlineMs":"soon"}', 'deadlineMs'],
    ['POST', '/v1/hand-offs/1', '{"failed":7}', 'failed'],
  ])('%s %s %s', async (method, path, body, words) => {
    const { ask } = await startTestAgent();
    const answer = await ask(method, path, body);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(words);
  });

  it('refuses large bodies, unknown paths and methods', async () => {
    const { ask } = await startTestAgent();
    expect((await ask('PUT', '/v1/pod', ' '.repeat(65_537))).status).toBe(413);
    expect((await ask('GET', '/v1/user')).status).toBe(404);
    expect((await ask('GET', '/v1/users/ada/claim')).status).toBe(404);
    expect((await ask('GET', '/metrics')).status).toBe(404);
  });

  it('refuses web pages', async () => {
    const { ask, agent } = await startTestAgent();
    const pages: Record<string, string>[] = [
      { origin: 'http://localhost' },
      { host: 'evil.example' },
      { host: '127.0.0.1.evil.example:80' },
    ];
    for (const headers of pages) expect((await ask('GET', '/v1/users', undefined, headers)).status).toBe(403);
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:9465', '[::1]:80'])
      expect((await ask('GET', '/v1/users', undefined, { host })).status).toBe(200);
    expect((await agent.fetch(new Request('http://rebound.example/v1/users'))).status).toBe(403);
  });

  it('refuses who does not send the token', async () => {
    const token = 'a-long-enough-token';
    const { ask } = await startTestAgent({}, { token });
    const status = async (authorization?: string): Promise<number> =>
      (await ask('GET', '/v1/users', undefined, authorization === undefined ? {} : { authorization })).status;
    expect(await status(`Bearer ${token}`)).toBe(200);
    for (const wrong of [undefined, token, `Bearer ${token}x`, 'Bearer ', `Basic ${token}`])
      expect(await status(wrong)).toBe(401);
  });
});

describe('the pod', () => {
  it('publishes load, routing state, metadata and the limit of users', async () => {
    const { ask, route } = await startTestAgent();
    const settings = { load: 9, routingState: 'DENY_NEW_CALL', metadata: { zone: 'a' }, maxUsers: 1 };
    expect((await ask('PUT', '/v1/pod', settings)).status).toBe(204);
    await route.advance(PERIOD_MS);
    const entry = async () => (await route.gateway.service('room').pods()).get(0);
    expect(await entry()).toMatchObject({
      loadState: 9,
      routingState: 'DENY_NEW_CALL',
      metadata: { zone: 'a' },
      maxUsers: 1,
    });
    await ask('PUT', '/v1/pod', { routingState: 'READY' });
    expect((await ask('POST', '/v1/users/ada/claim')).status).toBe(200);
    expect(await ask('POST', '/v1/users/bob/claim')).toMatchObject({
      status: 409,
      body: { podId: null, why: 'full' },
    });
    await ask('PUT', '/v1/pod', { maxUsers: null });
    expect((await ask('POST', '/v1/users/bob/claim')).status).toBe(200);
  });

  it('is ready and alive', async () => {
    const { ask } = await startTestAgent();
    for (const path of ['/readyz', '/livez'])
      expect(await ask('GET', path)).toMatchObject({ status: 200, body: { problems: [] } });
  });
});

describe('createAgent', () => {
  it('names every fault of its options', async () => {
    const { route } = await startTestAgent();
    const wrong = { saveTimeoutMs: -1, tokn: 'x' } as never;
    try {
      createAgent(route.pods[0]!, wrong);
      expect.unreachable();
    } catch (error) {
      if (!isRouteError(error, 'INVALID_CONFIG')) throw error;
      expect(error.faults.map(({ name }) => name)).toEqual(['saveTimeoutMs', 'tokn']);
    }
    expect(() => createAgent(route.pods[0]!, { saveTimeoutMs: 6_250 })).toThrow('less than the route');
  });
});
