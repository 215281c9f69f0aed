import { Agent } from 'node:http';
import { serve as serveHono, type ServerType } from '@hono/node-server';
import { NOT_MINE, routeError } from '@stateful-route/core';
import Fastify, { type FastifyInstance } from 'fastify';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { entities, probes as fastifyProbes } from '../../src/fastify.ts';
import { entity, probes as honoProbes } from '../../src/hono.ts';
import type { RequestEntity } from '../../src/host.ts';
import { ask, listen, portOf } from './http-client.ts';
import { ScriptedHost, type Visits } from './scripted-host.ts';

const overloaded = Object.assign(new Error('full'), { retryAfterMs: 1_500 });

let host: ScriptedHost;
let agent: Agent;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  host = new ScriptedHost();
  host.answers.set('bob', NOT_MINE);
  host.answers.set('eve', overloaded);
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(async () => {
  agent.destroy();
  for (const close of closing.splice(0)) await close();
});

async function listenFastify(app: FastifyInstance): Promise<number> {
  closing.push(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  return portOf(app.server);
}

async function listenHono(app: Pick<Hono, 'fetch'>): Promise<number> {
  const server: ServerType = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  closing.push(() => server.close());
  return listen(server as never);
}

/** An application of either framework: `/visits` counts, `/gone` loses the user before it counts, `/broken` throws. */
const frameworks = {
  fastify: async () => {
    const app = Fastify();
    await app.register(entities, { host });
    app.post('/visits', async (request) => {
      return String(await request.entity.use((visits: Visits) => ++visits.count));
    });
    app.get('/gone', async (request) => {
      host.stays.at(-1)!.signalGone();
      return request.entity.use((visits: Visits) => ++visits.count);
    });
    app.get('/broken', (request) => {
      return request.entity.use(() => Promise.reject(new Error('a fault of mine')));
    });
    return listenFastify(app);
  },
  hono: async () => {
    const app = new Hono()
      .use(entity(host))
      .post('/visits', async (c) => {
        await c.req.text();
        return c.text(String(await c.get('entity').use((visits) => ++visits.count)));
      })
      .get('/gone', async (c) => {
        host.stays.at(-1)!.signalGone();
        return c.json(await c.get('entity').use((visits) => ++visits.count));
      })
      .get('/broken', (c) => c.get('entity').use(() => Promise.reject(new Error('a fault of mine'))));
    return listenHono(app);
  },
};

describe.each(Object.entries(frameworks))('%s', (name, start) => {
  it('enters the user until the response has ended', async () => {
    const port = await start();
    const uid = 'Ada Łovelace/1';
    const headers = { 'content-type': 'application/json' };
    expect(await ask(port, { uid, path: '/visits', body: '{}', headers })).toMatchObject({
      status: 200,
      body: '1',
    });
    expect(host.entered).toEqual([uid]);
    await vi.waitFor(() => expect(host.present).toEqual([]));
  });

  it.each([0, 2_000_000])(
    'answers 421 before it reads the %i bytes, and keeps the connection',
    async (bytes) => {
      const port = await start();
      const refused = await ask(port, { uid: 'bob', path: '/visits', body: 'x'.repeat(bytes), agent });
      expect(refused).toMatchObject({ status: 421, body: '', headers: { 'stateful-route': 'not-mine' } });
      const { connection } = refused;
      expect(await ask(port, { uid: 'ada', path: '/visits', body: '', agent })).toMatchObject({
        status: 200,
        connection,
      });
    },
  );

  it('answers 503 and 400', async () => {
    const port = await start();
    expect(await ask(port, { uid: 'eve', path: '/visits', body: '' })).toMatchObject({
      status: 503,
      body: '',
      headers: { 'retry-after': '2' },
    });
    const nobody = await ask(port, { path: '/visits', body: '' });
    expect(nobody).toMatchObject({ status: 400 });
    expect(nobody.body).toContain('names no user');
    const twice = { 'stateful-route-uid': ['ada', 'bob'] };
    expect(await ask(port, { headers: twice, path: '/visits', body: '' })).toMatchObject({ status: 400 });
  });

  it('lets the framework answer 421 when the user leaves before a use', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const port = await start();
    expect(await ask(port, { uid: 'ada', path: '/gone' })).toMatchObject({
      status: 421,
      headers: { 'stateful-route': 'not-mine' },
    });
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it('leaves an error of the application to the framework', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const port = await start();
    const answer = await ask(port, { uid: 'ada', path: '/broken' });
    expect(answer).toMatchObject({ status: 500 });
    expect(answer.headers).not.toHaveProperty('stateful-route');
    expect(log).toHaveBeenCalledTimes(name === 'hono' ? 1 : 0);
    log.mockRestore();
    await vi.waitFor(() => expect(host.present).toEqual([]));
  });

  it('gives up when the client goes away', async () => {
    const port = await start();
    let open = (): void => {};
    host.answers.set('ada', new Promise<void>((resolve) => (open = resolve)));
    const own = new Agent();
    const answer = ask(port, { uid: 'ada', path: '/gone', agent: own });
    await vi.waitFor(() => expect(host.signals).toHaveLength(1));
    own.destroy();
    await expect(answer).rejects.toThrow('socket hang up');
    await vi.waitFor(() => expect(host.signals[0]!.aborted).toBe(true));
    open();
    await vi.waitFor(() => expect(host.stays.map(({ left }) => left)).toEqual([1]));
  });
});

describe('the plugin of Fastify', () => {
  it('guards the routes of the whole application, but those that say no', async () => {
    const app = Fastify();
    await app.register(entities, { host });
    await app.register(async (inner) => {
      inner.get('/inner', async ({ entity: { uid } }) => uid);
    });
    app.get('/open', { config: { entity: false } }, async () => 'open');
    const port = await listenFastify(app);
    expect(await ask(port, { path: '/inner' })).toMatchObject({ status: 400 });
    expect(await ask(port, { path: '/inner', uid: 'ada' })).toMatchObject({ body: 'ada' });
    expect(await ask(port, { path: '/open' })).toMatchObject({ status: 200, body: 'open' });
    expect(await ask(port, { path: '/nowhere' })).toMatchObject({ status: 404 });
  });

  it('guards chosen routes, with a uid from the path', async () => {
    const app = Fastify();
    const uid = ({ params }: { params: unknown }) => (params as { uid: string }).uid;
    await app.register(entities, { host, routes: 'chosen', uid });
    app.get('/users/:uid', { config: { entity: true } }, async (request) => request.entity.uid);
    app.get('/open', async () => 'open');
    const port = await listenFastify(app);
    expect(await ask(port, { path: '/users/ada' })).toMatchObject({ body: 'ada' });
    expect(await ask(port, { path: '/users/bob' })).toMatchObject({ status: 421 });
    expect(await ask(port, { path: '/open' })).toMatchObject({ status: 200 });
  });

  it('refuses options that cannot be used, with all faults', async () => {
    const app = Fastify();
    // @ts-expect-error -- wrong on purpose
    const registered = app.register(entities, { host: {}, routes: 'some', guid: 1 });
    await expect(registered.then(() => {})).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      faults: [{ name: 'host' }, { name: 'routes' }, { name: 'guid' }],
    });
  });
});

describe('the middleware of Hono', () => {
  it('types the state by the host', () => {
    new Hono().get('/', entity(host), (c) => {
      expectTypeOf(c.get('entity')).toEqualTypeOf<RequestEntity<Visits>>();
      return c.text('');
    });
    expect.assertions(0);
  });

  it('leaves when the handlers have returned, where there is no node:http', async () => {
    const app = new Hono().get('/', entity(host, { uid: (c) => c.req.query('uid') }), (c) => {
      return c.text(`${host.present.join()} is here`);
    });
    const answer = await app.request('/?uid=ada');
    expect(await answer.text()).toBe('ada is here');
    expect(host.present).toEqual([]);
    expect((await app.request('/?uid=bob')).status).toBe(421);
  });

  it('leaves also when a handler throws, an error or anything else', async () => {
    for (const thrown of [new Error('a fault of mine'), 'a fault of mine', undefined]) {
      const app = new Hono().get('/', entity(host), () => {
        // oxlint-disable-next-line typescript/only-throw-error -- as an application may
        throw thrown;
      });
      app.onError(() => new Response(null, { status: 500 }));
      const asked = Promise.resolve(app.request('/', { headers: { 'stateful-route-uid': 'ada' } }));
      if (thrown instanceof Error) expect((await asked).status).toBe(500);
      // Hono itself answers errors alone.
      else await expect(asked).rejects.toBe(thrown);
      expect(host.stays).toHaveLength(1);
      expect(host.present).toEqual([]);
      host.stays.length = 0;
    }
  });

  it('refuses arguments that cannot be used', () => {
    // @ts-expect-error -- no host
    expect(() => entity({})).toThrow('host must be what createHost returns');
    // @ts-expect-error -- no such option
    expect(() => entity(host, { uidOf: 1 })).toThrow(/uidOf: is unknown; the names are uid/);
  });
});

describe('probes', () => {
  const store = { state: 'up', ageMs: 1 } as never;
  const route = {
    readiness: () => ({ ready: false, problems: ['the pod is fenced'], store }),
    liveness: () => ({ alive: true, problems: [] }),
  };

  it.each([
    {
      name: 'fastify',
      start: async () => {
        const app = Fastify();
        await app.register(entities, { host });
        await app.register(fastifyProbes, { route });
        return listenFastify(app);
      },
    },
    {
      name: 'hono',
      start: () => listenHono(new Hono().use(honoProbes(route)).use(entity(host))),
    },
  ])('of $name answer without a user', async ({ start }) => {
    const port = await start();
    const readiness = await ask(port, { path: '/readyz?x=1' });
    expect(readiness).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(readiness.body)).toEqual(route.readiness());
    const liveness = await ask(port, { path: '/livez' });
    expect(liveness.status).toBe(200);
    expect(JSON.parse(liveness.body)).toEqual({ alive: true, problems: [] });
    expect(host.entered).toEqual([]);
  });
});

it('counts a store that fails while a use waits as 503', async () => {
  const port = await frameworks.fastify();
  const failure = routeError('STORE_ERROR', 'The store is away.', { operation: 'claim' });
  const served = ask(port, { uid: 'ada', path: '/visits', body: '' });
  await vi.waitFor(() => expect(host.stays).toHaveLength(1));
  await served;
  host.answers.set('ada', failure);
  expect(await ask(port, { uid: 'ada', path: '/visits', body: '' })).toMatchObject({ status: 503 });
});
