import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { createStatefulRoute, type Executors, silentLogger } from '@stateful-route/driver';
import type { Gateway } from '@stateful-route/gateway';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GatewayModule, type GatewayModuleOptions, STATEFUL_ROUTE_GATEWAY } from '../src/gateway.ts';
import { STATEFUL_ROUTE, StatefulRouteModule } from '../src/index.ts';
import { application, bothPlatforms, listening, type Platform, quick } from './support.ts';

const echo: RequestListener = (incoming, response) => {
  void buffer(incoming).then((body) => {
    response.setHeader('x-uid', String(incoming.headers['stateful-route-uid']));
    response.end(`${incoming.method} ${incoming.url} ${body.toString()}`);
  });
};

/** A pod in the directory: echoes requests, and answers every chunk of an upgraded socket. */
async function startPod(executors: Executors) {
  const server = createServer(echo);
  server.on('upgrade', (incoming: IncomingMessage, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
    socket.write(`at ${incoming.url};`);
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const route = createStatefulRoute({
    executors,
    namespace: 'game',
    serviceName: 'room',
    podId: 0,
    address: `127.0.0.1:${port}`,
    config: quick,
    logger: silentLogger,
  });
  await route.start();
  onTestFinished(async () => {
    await route.stop();
    server.closeAllConnections();
    server.close();
  });
  return route;
}

@Controller()
class Own {
  @Get('health')
  health(): string {
    return 'own';
  }

  @Post('roomservice')
  order(@Body() body: unknown): unknown {
    return body;
  }
}

async function startGateway(
  platform: Platform,
  executors: Executors,
  options: Partial<GatewayModuleOptions> = {},
) {
  const app = await application(platform, {
    imports: [
      StatefulRouteModule.forRoot({ executors, namespace: 'game', config: quick, logger: silentLogger }),
      GatewayModule.forRootAsync({
        useFactory: () => ({
          service: 'room',
          uid: { path: 1 },
          forward: '/rooms',
          closeSpreadMs: 50,
          ...options,
        }),
      }),
    ],
    controllers: [Own],
  });
  return { app, url: await listening(app) };
}

/** An upgrade: the socket, or the status with which it is refused. */
function upgrade(url: string) {
  return new Promise<{ status: number; said: string[]; say(text: string): void; closed: Promise<unknown> }>(
    (resolve, reject) => {
      const asked = request(url, { headers: { connection: 'Upgrade', upgrade: 'test' } });
      asked.on('upgrade', (response, socket, head) => {
        const said = [head.toString()];
        socket.on('data', (chunk: Buffer) => said.push(chunk.toString()));
        socket.on('error', () => {});
        onTestFinished(() => void socket.destroy());
        resolve({
          status: response.statusCode ?? 0,
          said,
          say: (word) => socket.write(word),
          closed: once(socket, 'close'),
        });
      });
      asked.on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, said: [], say: () => {}, closed: Promise.resolve() });
      });
      asked.on('error', reject);
      asked.end();
    },
  );
}

describe.each(bothPlatforms)('on %s', (platform) => {
  it('forwards what it is told, with the body as it came', async () => {
    const executors = createMemoryExecutors();
    await startPod(executors);
    const { url } = await startGateway(platform, executors);
    const body = '{ "spaces" :  "stay" }';
    const response = await fetch(`${url}/rooms/ada%20l/visits?page=2`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stateful-route-uid': 'forged' },
      body,
    });
    expect(await response.text()).toBe(`POST /rooms/ada%20l/visits?page=2 ${body}`);
    expect(response.headers.get('x-uid')).toBe('ada%20l');
  });

  it('leaves all else to the application', async () => {
    const executors = createMemoryExecutors();
    await startPod(executors);
    const { url } = await startGateway(platform, executors);
    expect(await (await fetch(`${url}/health`)).text()).toBe('own');
    const order = await fetch(`${url}/roomservice`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"tea":1}',
    });
    expect(await order.json()).toEqual({ tea: 1 });
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });

  it('sends the 100 of an application that is asked for one', async () => {
    const executors = createMemoryExecutors();
    const { url } = await startGateway(platform, executors);
    const asked = request(`${url}/roomservice`, {
      method: 'POST',
      headers: { expect: '100-continue', 'content-type': 'application/json', 'content-length': '9' },
    });
    asked.flushHeaders();
    await once(asked, 'continue');
    asked.end('{"tea":1}');
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('{"tea":1}');
  });

  it('forwards upgrades, and refuses those that nobody takes', async () => {
    const executors = createMemoryExecutors();
    await startPod(executors);
    const { url, app } = await startGateway(platform, executors);
    const socket = await upgrade(`${url}/rooms/ada/socket`);
    expect(socket.status).toBe(101);
    await vi.waitFor(() => expect(socket.said.join('')).toBe('at /rooms/ada/socket;'));
    socket.say('hello');
    await vi.waitFor(() => expect(socket.said.join('')).toBe('at /rooms/ada/socket;hello'));
    expect(app.get<Gateway>(STATEFUL_ROUTE_GATEWAY).stats().sockets).toBe(1);
    expect((await upgrade(`${url}/elsewhere`)).status).toBe(404);
  });

  it('leaves upgrades of others to those who listen for them', async () => {
    const executors = createMemoryExecutors();
    const { url, app } = await startGateway(platform, executors);
    app.getHttpServer().on('upgrade', (_request: unknown, socket: import('node:net').Socket) => {
      socket.end('HTTP/1.1 418 I am a teapot\r\nContent-Length: 0\r\n\r\n');
    });
    expect((await upgrade(`${url}/elsewhere`)).status).toBe(418);
  });

  it('ends its sockets before the route stops when the application closes', async () => {
    const executors = createMemoryExecutors();
    await startPod(executors);
    const { url, app } = await startGateway(platform, executors);
    const socket = await upgrade(`${url}/rooms/ada/socket`);
    const closed = app.close();
    await socket.closed;
    await closed;
    expect(app.get(STATEFUL_ROUTE).readiness().ready).toBe(false);
  });

  it('answers 503 while no pod takes users', async () => {
    const { url } = await startGateway(platform, createMemoryExecutors(), { callTimeoutMs: 100 });
    const response = await fetch(`${url}/rooms/ada`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  });
});

it('forwards on every address on which Fastify listens to localhost', async () => {
  const executors = createMemoryExecutors();
  await startPod(executors);
  const app = await application('fastify', {
    imports: [
      StatefulRouteModule.forRoot({ executors, namespace: 'game', config: quick, logger: silentLogger }),
      GatewayModule.forRoot({ service: 'room', uid: { path: 1 }, forward: '/rooms', closeSpreadMs: 50 }),
    ],
  });
  await app.listen(0);
  const fastify = app.getHttpAdapter().getInstance() as {
    addresses(): { address: string; family: string; port: number }[];
  };
  const bound = fastify.addresses();
  expect(bound).not.toEqual([]);
  for (const { address, family, port } of bound) {
    const host = family === 'IPv6' ? `[${address}]` : address;
    expect(await (await fetch(`http://${host}:${port}/rooms/ada`)).text()).toBe('GET /rooms/ada ');
  }
});

describe('what is forwarded', () => {
  const paths = ['/rooms', '/rooms/', '/rooms?x=/', '/roomservice', '/', '/lobby/rooms', '/rooms/ada'];

  it.each([
    ['/rooms', ['/rooms', '/rooms/', '/rooms?x=/', '/rooms/ada']],
    ['/rooms/', ['/rooms', '/rooms/', '/rooms?x=/', '/rooms/ada']],
    ['/', paths],
    [
      ['/lobby', '/rooms'],
      ['/rooms', '/rooms/', '/rooms?x=/', '/lobby/rooms', '/rooms/ada'],
    ],
    [({ url }: IncomingMessage) => url === '/', ['/']],
    [
      () => {
        throw new Error('not today');
      },
      [],
    ],
  ])('by %s', async (forward, forwarded) => {
    const { url } = await startGateway('express', createMemoryExecutors(), {
      forward,
      uid: () => undefined,
      withoutUid: (_request, response) => void response.writeHead(418).end(),
    });
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(url + path)).status));
    expect(paths.filter((_path, at) => statuses[at] === 418)).toEqual(forwarded);
  });

  it.each([[undefined], [''], ['rooms'], [[]], [['/rooms', 7]], ['/rooms?x']])(
    'is refused: %j',
    async (forward) => {
      const app = startGateway('express', createMemoryExecutors(), { forward: forward as string });
      await expect(app).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        message: expect.stringMatching(/forward: must be/),
      });
    },
  );

  it('by one module: its options name several services', async () => {
    const gateway = () => GatewayModule.forRoot({ service: 'room', uid: { path: 1 }, forward: '/rooms' });
    const executors = createMemoryExecutors();
    const created = application('express', {
      imports: [StatefulRouteModule.forRoot({ executors, namespace: 'game' }), gateway(), gateway()],
    });
    await expect(created).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/GatewayModule: is imported more than once/),
    });
  });

  it('and the options of the gateway are checked', async () => {
    const app = startGateway('express', createMemoryExecutors(), { servise: 'room' } as never);
    await expect(app).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/servise/),
    });
    expect(() => GatewayModule.forRootAsync({} as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });
});
