import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { type RedisServer, startRedis } from '@stateful-route/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { GatewayProcess, NAMESPACE, PodProcess, ROOM, writeTestFile } from './programs.ts';

const TOKEN = 'a-token-of-some-length';
let redis: RedisServer;
let pod: PodProcess;
let open: GatewayProcess;
let closed: GatewayProcess;
let openUrl: string;
let closedUrl: string;
let publicUrl: string;

beforeAll(async () => {
  redis = await startRedis();
  const tokenFile = writeTestFile('token', `${TOKEN}\n`);
  const env = { REDIS_URL: redis.url };
  open = GatewayProcess.spawn([...ROOM, '--auth-request'], env);
  closed = GatewayProcess.spawn([...ROOM, '--admin', '0.0.0.0:0', '--admin-token-file', tokenFile], env);
  pod = await PodProcess.start(redis.url, NAMESPACE, 0);
  ({ admin: openUrl, url: publicUrl } = await open.listening());
  ({ admin: closedUrl } = await closed.listening());
});
afterAll(async () => {
  await Promise.all([open.kill(), closed.kill(), pod.kill()]);
  await redis.stop();
});

/** What the test reads of a manifest. */
interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly triggers?: readonly {
      readonly type: string;
      readonly metricType: string;
      readonly metadata: Readonly<Record<string, string>>;
      readonly authenticationRef: { readonly name: string };
    }[];
  };
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends the path as it is written: other clients resolve `..`. */
function ask(base: string, path: string, { method = 'GET', headers = {} }: Asked = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string; json: () => unknown }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(base);
      const host = hostname === '0.0.0.0' ? '127.0.0.1' : hostname;
      const request = httpRequest({ host, port, path, method, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => {
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text,
            json: () => JSON.parse(text),
          });
        });
      });
      request.once('error', reject).end();
    },
  );
}

const users = '/v1/services/room/users';

describe('a look-up', () => {
  it('only reads: 404 without a link, and none is made', async () => {
    for (let times = 0; times < 2; times++) {
      expect(await ask(openUrl, `${users}/nobody`)).toMatchObject({ status: 404 });
    }
    expect(await redis.client.keys('*nobody*')).toEqual([]);
  });

  it('places by POST, and then finds the user, who is not accepted yet', async () => {
    const placed = await ask(openUrl, `${users}/ada`, { method: 'POST' });
    expect(placed.status).toBe(200);
    expect(placed.json()).toEqual({ podId: 0, address: pod.address, temporary: true });
    const found = await ask(openUrl, `${users}/ada`);
    expect(found.json()).toEqual({ podId: 0, address: pod.address, temporary: true, available: true });
  });

  it('finds a claim, with its token', async () => {
    expect((await ask(publicUrl, '/rooms/bob')).status).toBe(200);
    const found = (await ask(openUrl, `${users}/bob`)).json();
    expect(found).toMatchObject({ podId: 0, temporary: false, token: expect.any(Number), available: true });
  });

  it.each(['a%2Fb', '%C3%A9%20x', '..', '%2E', 'a%25b'])('knows the uid %s as encoded', async (encoded) => {
    expect((await ask(openUrl, `${users}/${encoded}`)).status).toBe(404);
    expect((await ask(openUrl, `${users}/${encoded}`, { method: 'POST' })).status).toBe(200);
    expect((await ask(openUrl, `${users}/${encoded}`)).status).toBe(200);
    const key = `sf:{${NAMESPACE}:lk:${decodeURIComponent(encoded)}}room`;
    expect(await redis.client.get(key)).toBe('0');
    await redis.client.del(key);
  });

  it.each([
    ['GET', `${users}/%`, 400],
    ['GET', `${users}/a%7Bb`, 400],
    ['GET', '/v1/services/chat/users/ada', 404],
    ['POST', '/v1/services/chat/users/ada', 404],
    ['GET', '/v1/services/room/users/', 404],
    ['GET', '/v1/services/room', 404],
    ['DELETE', `${users}/ada`, 405],
    ['GET', '/', 404],
  ])('%s %s is answered %s', async (method, path, status) => {
    expect((await ask(openUrl, path, { method })).status).toBe(status);
  });
});

describe('the desired replicas', () => {
  const path = '/v1/services/room/desired-replicas';

  it('are those that the leading pod reported, where the manifest for KEDA reads them', async () => {
    await expect.poll(async () => (await ask(openUrl, path)).status, { timeout: 10_000 }).toBe(200);
    const { headers, json } = await ask(openUrl, path);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(json()).toEqual({
      service: 'room',
      desiredReplicas: 3,
      replicas: 1,
      readyReplicas: 1,
      ageMs: expect.any(Number),
    });
    const manifest = await readFile(
      new URL('../../../../docs/keda-scaled-object.yml', import.meta.url),
      'utf8',
    );
    const [auth, scaled] = parseAllDocuments(manifest).map((document) => document.toJS() as Manifest);
    const { type, metricType, metadata, authenticationRef } = scaled!.spec.triggers![0]!;
    expect({ type, metricType, target: metadata['targetValue'] }).toEqual({
      type: 'metrics-api',
      metricType: 'AverageValue',
      target: '1',
    });
    expect((json() as Record<string, unknown>)[metadata['valueLocation']!]).toBe(3);
    expect(new URL(metadata['url']!).pathname).toBe(path);
    expect(authenticationRef.name).toBe(auth!.metadata.name);
    const bearer = { authorization: `Bearer ${TOKEN}` };
    expect((await ask(closedUrl, path)).status).toBe(401);
    expect((await ask(closedUrl, path, { headers: bearer })).status).toBe(200);
  });

  it('are only read', async () => {
    expect((await ask(openUrl, path, { method: 'POST' })).status).toBe(405);
    expect((await ask(openUrl, '/v1/services/chat/desired-replicas')).status).toBe(404);
  });
});

describe('metrics and probes', () => {
  it("have the driver's calls and the gateway's requests", async () => {
    expect((await ask(publicUrl, '/rooms/bob')).status).toBe(200);
    const { status, headers, text } = await ask(openUrl, '/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(text).toMatch(/stateful_route_store_duration_count\{.*method="getServiceState"/);
    expect(text).toMatch(/stateful_route_gateway_request_duration_count\{.*service="room",status="200"/);
    expect(text).toMatch(/stateful_route_gateway_pending\{.*service="room".*\} 0/);
    expect(text).not.toContain('bob');
  });

  it('say whether, to anybody', async () => {
    for (const url of [openUrl, closedUrl]) {
      expect(await ask(url, '/readyz')).toMatchObject({ status: 200, text: 'ok' });
      expect(await ask(url, '/livez')).toMatchObject({ status: 200, text: 'ok' });
    }
  });
});

describe('the admin listener on the loopback interface', () => {
  it.each([
    ['of a name that resolves to it', { host: 'eve.example' }],
    ['of such a name with its port', { host: 'localhost.eve.example:9464' }],
    ['of a web page', { origin: 'https://eve.example' }],
    ['of a sandboxed page', { origin: 'null' }],
    ['that a browser marks', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses requests %s', async (_, headers) => {
    for (const path of ['/metrics', `${users}/ada`]) {
      expect((await ask(openUrl, path, { headers, method: 'GET' })).status).toBe(403);
      expect((await ask(openUrl, path, { headers, method: 'POST' })).status).toBe(403);
    }
  });

  it.each(['localhost', '127.0.0.1:1', '[::1]:9464'])('takes requests for %s', async (host) => {
    expect((await ask(openUrl, '/metrics', { headers: { host } })).status).toBe(200);
  });
});

describe('the admin listener with a token', () => {
  it('refuses whoever does not know it', async () => {
    const wrong: Readonly<Record<string, string>>[] = [
      {},
      { authorization: `Bearer ${TOKEN}x` },
      { authorization: TOKEN },
    ];
    for (const headers of wrong) {
      expect(await ask(closedUrl, '/metrics', { headers })).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer' },
      });
      expect((await ask(closedUrl, `${users}/ada`, { headers, method: 'POST' })).status).toBe(401);
    }
  });

  it('takes it in either header, for any host', async () => {
    const inAuthorization = { authorization: `Bearer ${TOKEN}`, host: 'gateway.game.svc' };
    expect((await ask(closedUrl, '/metrics', { headers: inAuthorization })).status).toBe(200);
    expect((await ask(closedUrl, '/metrics', { headers: { 'stateful-route-token': TOKEN } })).status).toBe(
      200,
    );
  });
});

describe('auth_request', () => {
  const target = '/v1/services/room/auth-request';
  const described = { 'x-original-uri': '/rooms/ada%20x?y', 'x-original-method': 'GET' };

  it('is off unless it is asked for', async () => {
    const headers = { ...described, 'stateful-route-token': TOKEN };
    expect((await ask(closedUrl, target, { headers })).status).toBe(404);
  });

  it("places the user, and answers with the pod's address and the uid as pods expect it", async () => {
    expect(await ask(openUrl, target, { headers: described })).toMatchObject({
      status: 204,
      headers: { 'stateful-route-address': pod.address, 'stateful-route-uid': 'ada%20x' },
    });
  });

  it.each([
    ['a path without a uid', { 'x-original-uri': '/rooms' }, 400],
    ['no description', {}, 400],
  ])('refuses %s, by the status or, for nginx, by a header', async (_, headers, status) => {
    const answer = await ask(openUrl, target, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toHaveProperty('stateful-route-address');
    const forNginx = await ask(openUrl, `${target}?refusals=204`, { headers });
    expect(forNginx).toMatchObject({ status: 204, headers: { 'stateful-route-status': String(status) } });
    expect(forNginx.headers).not.toHaveProperty('stateful-route-address');
  });

  it("takes the headers of a browser that is the proxy's client, but no question of a page", async () => {
    const browser = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
    expect((await ask(openUrl, target, { headers: { ...described, ...browser } })).status).toBe(204);
    expect((await ask(openUrl, target, { headers: browser })).status).toBe(403);
    const host = { host: 'eve.example' };
    expect((await ask(openUrl, target, { headers: { ...described, ...host } })).status).toBe(403);
  });
});
