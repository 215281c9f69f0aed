import { createServer, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createStatefulRoute } from '@stateful-route/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userInHeader } from '../fastify-gateway/gateway.ts';
import { closeCode, connect, refusedUpgrade, say, visit } from './requests.ts';
import { RoomService } from './room-service.ts';

let service: RoomService;

beforeEach(() => {
  service = new RoomService();
});
afterEach(() => service[Symbol.asyncDispose]());

/** A pod that is in the directory, and answers as the test says. */
async function startPodThatAnswers(podId: number, answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  service.closeLater(async () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  service.reachedAt(podId, `http://127.0.0.1:${address.port}`);
  const route = createStatefulRoute(service.podOptions(podId));
  await route.start();
  service.closeLater(() => route.stop({ signal: AbortSignal.abort() }));
  return { route, server };
}

const misdirected: RequestListener = (request, response) => {
  request.resume();
  response
    .writeHead(421, { 'x-wrong-pod': 'yes', 'content-type': 'text/plain' })
    .end('another pod serves this user');
};

const echo: RequestListener = (request, response) => {
  void buffer(request).then((body) => {
    response
      .writeHead(201, { 'content-type': request.headers['content-type'] ?? 'none', 'x-path': request.url })
      .end(body);
  });
};

describe('HTTP', () => {
  it('takes each user to one pod, time after time, and users to several pods', async () => {
    for (const podId of [0, 1, 2]) await service.startPod(podId);
    const { url } = await service.startGateway();
    const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);
    const pods = new Set<number>();
    for (const uid of users) {
      const first = await visit(url, uid);
      const second = await visit(url, uid);
      expect(second).toEqual({ uid, podId: first.podId, visits: 2 });
      pods.add(first.podId);
    }
    expect(pods).toEqual(new Set([0, 1, 2]));
  });

  it('locates the user again when the cached pod answers 421', async () => {
    const pods = [await service.startPod(0), await service.startPod(1)];
    const { url } = await service.startGateway();
    const { podId } = await visit(url, 'ada');
    await pods[podId]!.room.leave('ada');
    const other = pods[1 - podId]!;
    await other.room.enter('ada');
    expect(await visit(url, 'ada')).toEqual({ uid: 'ada', podId: other.podId, visits: 2 });
  });

  describe('to a pod that answers 421, and then to another one', () => {
    /** Leads to pod 0, which does not know the user; pod 1 holds it. */
    async function startWithStaleGateway() {
      await startPodThatAnswers(0, misdirected);
      const holder = await startPodThatAnswers(1, echo);
      await holder.route.server.claim('ada');
      const gateway = await service.startGateway();
      gateway.route.client.setCache('game', 'ada', 'room', 0);
      return gateway;
    }

    it('sends a small body again, byte for byte', async () => {
      const { url } = await startWithStaleGateway();
      const body = '{ "spaces" :  "stay" }';
      const response = await fetch(`${url}/users/ada/notes?page=2&x=%20`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(response.status).toBe(201);
      expect(await response.text()).toBe(body);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('x-path')).toBe('/users/ada/notes?page=2&x=%20');
      expect(response.headers.has('x-wrong-pod')).toBe(false);
    });

    it('makes the client send a large body again, which then arrives', async () => {
      const { url } = await startWithStaleGateway();
      const body = 'x'.repeat(300_000);
      const upload = () => fetch(`${url}/users/ada/notes`, { method: 'PUT', body });
      const refused = await upload();
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('0');
      const accepted = await upload();
      expect(accepted.status).toBe(201);
      expect(await accepted.text()).toBe(body);
    });
  });

  it("retries until the call's deadline, then says when to come back", async () => {
    let asked = 0;
    await startPodThatAnswers(0, (request, response) => {
      asked += 1;
      misdirected(request, response);
    });
    const { url } = await service.startGateway({}, { callTimeoutMs: 500 });
    const response = await fetch(`${url}/users/ada`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(asked).toBeGreaterThan(1);
  });

  it('says when to come back while no pod takes users', async () => {
    const { url } = await service.startGateway();
    const response = await fetch(`${url}/users/ada`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it("says when to come back while the user's pod is away", async () => {
    const { route } = await startPodThatAnswers(0, echo);
    await startPodThatAnswers(1, echo);
    await route.server.claim('ada');
    await route.server.setServiceState('NOT_READY');
    const { url } = await service.startGateway();
    const response = await fetch(`${url}/users/ada`);
    expect(response.status).toBe(503);
    // the pod's update period: it may be back with its next heartbeat
    expect(response.headers.get('retry-after')).toBe('3');
  });

  it('says when to come back while the pod is dead and its lease runs', async () => {
    const pod = await service.startPod(0);
    const { url } = await service.startGateway();
    await visit(url, 'ada');
    await pod.app.close();
    const response = await fetch(`${url}/users/ada/visits`, { method: 'POST' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('does not say "come back" when the request may have had its effect', async () => {
    let asked = 0;
    await startPodThatAnswers(0, (request) => {
      asked += 1;
      request.socket.destroy();
    });
    const { url } = await service.startGateway();
    const response = await fetch(`${url}/users/ada`);
    expect(response.status).toBe(502);
    expect(response.headers.has('retry-after')).toBe(false);
    expect(asked).toBe(1);
  });

  it("passes the pod's own errors on, once", async () => {
    let asked = 0;
    await startPodThatAnswers(0, (_request, response) => {
      asked += 1;
      response.writeHead(503, { 'retry-after': '7' }).end('full');
    });
    const { url } = await service.startGateway();
    const response = await fetch(`${url}/users/ada`);
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '7',
      'full',
    ]);
    expect(asked).toBe(1);
  });

  it('refuses a request without a user, or with an invalid one', async () => {
    await service.startPod(0);
    const { url } = await service.startGateway();
    const statuses = await Promise.all(
      ['/', '/users/', '/users/%zz/visits', '/users/%7Bada%7D/visits'].map(
        async (path) => (await fetch(url + path)).status,
      ),
    );
    expect(statuses).toEqual([400, 400, 400, 400]);
  });

  it('takes the user from a header if it is configured to', async () => {
    await startPodThatAnswers(0, echo);
    const { url, route } = await service.startGateway({ userOf: userInHeader });
    const response = await fetch(`${url}/notes`, { headers: { 'x-user-id': 'ada' } });
    expect(response.headers.get('x-path')).toBe('/notes');
    expect(route.service('room').peek('ada')?.podId).toBe(0);
    expect((await fetch(`${url}/notes`)).status).toBe(400);
  });
});

describe('WebSocket', () => {
  it("connects the user to the pod that serves the user's HTTP", async () => {
    for (const podId of [0, 1, 2]) await service.startPod(podId);
    const { url } = await service.startGateway();
    for (const uid of ['ada', 'bob', 'cyd']) {
      const { podId } = await visit(url, uid);
      const socket = await connect(url, uid);
      expect(await say(socket)).toEqual({ uid, podId, visits: 2 });
      expect(await say(socket)).toEqual({ uid, podId, visits: 3 });
      socket.close();
    }
  });

  it('goes on to the right pod when the cached pod answers 421', async () => {
    await startPodThatAnswers(0, misdirected);
    const holder = await service.startPod(1);
    await holder.room.enter('ada');
    const { url, route } = await service.startGateway();
    route.client.setCache('game', 'ada', 'room', 0);
    const socket = await connect(url, 'ada');
    expect(await say(socket)).toEqual({ uid: 'ada', podId: 1, visits: 1 });
    socket.close();
  });

  it('passes close codes on, both ways', async () => {
    const { app, room } = await service.startPod(0);
    const closed: number[] = [];
    app.websocketServer.on('connection', (socket) => socket.on('close', (code) => closed.push(code)));
    const { url } = await service.startGateway();
    const left = await connect(url, 'ada');
    left.close(4001);
    await expect.poll(() => closed).toEqual([4001]);
    const moved = await connect(url, 'ada');
    await say(moved);
    const code = closeCode(moved);
    await room.leave('ada');
    expect(await code).toBe(1012);
  });

  it('carries more than fits into one buffer', async () => {
    const { app } = await service.startPod(0);
    const sizes: number[] = [];
    app.websocketServer.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => sizes.push(data.length)),
    );
    const { url } = await service.startGateway();
    const socket = await connect(url, 'ada');
    await say(socket, 'x'.repeat(5_000_000));
    expect(sizes).toEqual([5_000_000]);
    socket.close();
  });

  it('refuses the upgrade with a status, and says when to come back', async () => {
    const { url } = await service.startGateway();
    const nobody = await refusedUpgrade(url, 'ada');
    expect([nobody.statusCode, nobody.headers['retry-after']]).toEqual([503, '1']);
    const noUser = await refusedUpgrade(url, '%zz');
    expect(noUser.statusCode).toBe(400);
  });

  it("passes the pod's refusal on", async () => {
    await startPodThatAnswers(0, (_request, response) => response.writeHead(403).end());
    const { url } = await service.startGateway();
    expect((await refusedUpgrade(url, 'ada')).statusCode).toBe(403);
  });

  it('ends when the pod dies', async () => {
    const { app } = await service.startPod(0);
    const { url } = await service.startGateway();
    const socket = await connect(url, 'ada');
    const code = closeCode(socket);
    for (const client of app.websocketServer.clients) client.terminate();
    expect(await code).toBe(1006);
  });

  it('does not keep the gateway from closing', async () => {
    await service.startPod(0);
    const { url, app } = await service.startGateway();
    const socket = await connect(url, 'ada');
    const code = closeCode(socket);
    await app.close();
    expect(await code).toBe(1006);
  });
});
