import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@stateful-route/core';
import { createGateway, type Gateway } from '@stateful-route/gateway';
import { gatewayPlugin } from '@stateful-route/gateway/fastify';
import { createTestRoute } from '@stateful-route/testkit/test-route';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

/** A pod that says what it was sent. */
async function startPod(): Promise<string> {
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const { method, url, headers } = request;
      response.end([method, url, headers['stateful-route-uid'], text].join(' '));
    });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { url }) => socket.send(`socket ${url}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => {
    server.close().closeAllConnections();
    sockets.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function startApp(prefix?: string): Promise<{ app: FastifyInstance; url: string }> {
  const route = await createTestRoute({ pods: [{ address: await startPod() }] });
  endings.push(() => route.stop());
  const gateway = createGateway(route.gateway, {
    service: 'room',
    uid: { header: 'x-user' },
    closeSpreadMs: 0,
    // The test route's own clock stands still.
    clock: systemClock,
  });
  const app = Fastify();
  app.get('/own', async () => 'own');
  await app.register(gatewayPlugin, { ...(prefix !== undefined && { prefix }), gateway });
  await app.listen({ port: 0, host: '127.0.0.1' });
  endings.push(() => app.close());
  return { app, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` };
}

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(url: string, { headers, ...options }: Sent = {}): Promise<string> {
  const answer = await fetch(url, { ...options, headers: { 'x-user': 'ada', ...headers } });
  return `${answer.status} ${await answer.text()}`;
}

it('forwards what is below its prefix, and leaves the rest to the application', async () => {
  const { url } = await startApp('/rooms');
  expect(await send(`${url}/rooms`)).toBe('200 GET /rooms ada ');
  expect(await send(`${url}/rooms/1?x`)).toBe('200 GET /rooms/1?x ada ');
  expect(await send(`${url}/own`)).toBe('200 own');
  expect(await send(`${url}/roomsize`)).toMatch(/^404 /);
});

it('forwards all that no other route takes, without a prefix', async () => {
  const { url } = await startApp();
  expect(await send(`${url}/`)).toBe('200 GET / ada ');
  expect(await send(`${url}/a/b`)).toBe('200 GET /a/b ada ');
  expect(await send(`${url}/own`)).toBe('200 own');
});

it('does not parse bodies, whatever they say they are', async () => {
  const { url } = await startApp();
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'x']) {
    const options = { method: 'POST', body: 'no JSON {', headers: { 'content-type': type } };
    expect(await send(`${url}/a`, options)).toBe('200 POST /a ada no JSON {');
  }
  const large = 'x'.repeat(3_000_000);
  expect(await send(`${url}/a`, { method: 'PUT', body: large })).toBe(`200 PUT /a ada ${large}`);
});

it('runs the onRequest hooks of the application first, which may answer', async () => {
  const route = await createTestRoute({ pods: [{ address: await startPod() }] });
  endings.push(() => route.stop());
  const gateway = createGateway(route.gateway, { service: 'room', uid: { header: 'x-user' } });
  const app = Fastify();
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send('who?');
    return undefined;
  });
  await app.register(gatewayPlugin, { gateway });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  endings.push(() => app.close());
  expect(await send(`${url}/a`)).toBe('401 who?');
  expect(await send(`${url}/a`, { headers: { authorization: 'x' } })).toBe('200 GET /a ada ');
});

it('forwards upgrades below its prefix, and closes them with the application', async () => {
  const { app, url } = await startApp('/rooms');
  const headers = { 'x-user': 'ada' };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/rooms/1`, { headers });
  const [text] = (await once(socket, 'message')) as [Buffer];
  expect(text.toString()).toBe('socket /rooms/1');
  const other = new WebSocket(`${url.replace('http', 'ws')}/else`, { headers });
  const [error] = (await once(other, 'error')) as [Error];
  expect(error.message).toContain('404');
  const closed = once(socket, 'close');
  await app.close();
  expect((await closed)[0]).toBe(1012);
});

it('gives an upgrade to the gateway with the longest prefix, whatever slash that ends with, and to one only', async () => {
  const asked: string[] = [];
  const answering = (name: string): Gateway =>
    ({
      request: () => {},
      upgrade: (_request, socket) => {
        asked.push(name);
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      },
      close: async () => {},
    }) as Partial<Gateway> as Gateway;
  const app = Fastify();
  for (const prefix of ['/rooms/', '/rooms/vip', '/chats']) {
    await app.register(gatewayPlugin, { prefix, gateway: answering(prefix) });
  }
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  endings.push(() => app.close());
  for (const path of ['/rooms/1', '/rooms/vip/1', '/chats?x', '/else']) {
    const [error] = (await once(new WebSocket(`${url.replace('http', 'ws')}${path}`), 'error')) as [Error];
    if (path === '/else') expect(error.message).toContain('404');
  }
  expect(asked).toEqual(['/rooms/', '/rooms/vip', '/chats']);
});
