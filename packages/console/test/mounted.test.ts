import 'reflect-metadata';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createTestRoute } from '@stateful-route/testkit/test-route';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { type Console, createConsole } from '../src/index.ts';
import { readEvents } from './support/read-events.ts';

const PATH = '/ops/console';
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A console for who has the application's own session. */
async function mountable(): Promise<Listener> {
  const route = await createTestRoute({ pods: 2 });
  const console: Console = createConsole(route.executors, {
    namespace: route.namespace,
    path: PATH,
    readOnly: false,
    clock: route.clock,
    authorize: ({ headers }) => {
      const [, who] = /(?:^|; )session=(\w+)/.exec(headers.get('cookie') ?? '') ?? [];
      return who === undefined ? undefined : { who, may: who === 'carol' ? 'act' : 'read' };
    },
  });
  endings.push(
    () => route.stop(),
    () => console.close(),
  );
  return getRequestListener(console.fetch, { overrideGlobalObjects: false });
}

async function inFastify(): Promise<string> {
  const listener = await mountable();
  const app = Fastify();
  app.get('/own', async () => 'own');
  await app.register(async (scope) => {
    // The console reads bodies itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    for (const url of [PATH, `${PATH}/*`]) {
      scope.all(url, (request, reply) => {
        reply.hijack();
        return listener(request.raw, reply.raw);
      });
    }
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  endings.push(() => app.close());
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

@Module({})
class AppModule {}

async function inNest(): Promise<string> {
  const listener = await mountable();
  const app = await NestFactory.create(AppModule, { logger: false });
  app.use(PATH, (request: IncomingMessage & { originalUrl: string }, response: ServerResponse) => {
    // Express takes the path of the mount away.
    request.url = request.originalUrl;
    return listener(request, response);
  });
  app.getHttpAdapter().get('/own', (_request: unknown, response: { send(text: string): void }) => {
    response.send('own');
  });
  await app.listen(0, '127.0.0.1');
  endings.push(() => app.close());
  return app.getUrl();
}

describe.each([
  ['Fastify', inFastify],
  ['Nest', inNest],
])('mounted in %s', (_, start) => {
  const as = (who: string): Record<string, string> => ({ cookie: `session=${who}` });

  it('the page and the API are below its path, beside what the application serves', async () => {
    const url = await start();
    expect(await (await fetch(`${url}/own`)).text()).toBe('own');
    const moved = await fetch(`${url}${PATH}`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([308, `${PATH}/`]);
    const page = await (await fetch(`${url}${PATH}/`)).text();
    const [, asset] = /src="\.\/(assets\/[^"]+\.js)"/.exec(page) ?? [];
    const script = await fetch(`${url}${PATH}/${asset}`);
    expect([script.status, script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ]);
    expect((await fetch(`${url}${PATH}/api/v1/console`, { headers: as('carol') })).status).toBe(200);
    expect((await fetch(`${url}/api/v1/console`, { headers: as('carol') })).status).toBe(404);
  });

  it("the application's own sign-in counts", async () => {
    const url = await start();
    const drain = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}${PATH}/api/v1/services/room/pods/1/drain`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ ratePerSecond: 5 }),
      });
    expect((await fetch(`${url}${PATH}/api/v1/services`)).status).toBe(403);
    expect((await drain({})).status).toBe(403);
    expect((await drain(as('dave'))).status).toBe(403);
    expect((await drain({ ...as('carol'), origin: 'http://evil.test' })).status).toBe(403);
    const done = await drain({ ...as('carol'), origin: url });
    expect([done.status, await done.json()]).toMatchObject([200, { by: 'carol' }]);
  });

  it('a stream comes as it is made, and ends with whoever reads', async () => {
    const url = await start();
    const leaving = new AbortController();
    const { body } = await fetch(`${url}${PATH}/api/v1/events?service=room`, {
      headers: as('dave'),
      signal: leaving.signal,
    });
    const events = readEvents(body!);
    expect((await events.next()).value).toMatchObject({ event: 'service', data: { summary: { pods: 2 } } });
    leaving.abort();
    await expect(events.next()).rejects.toThrow('aborted');
  });
});
