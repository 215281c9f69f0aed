import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { isRouteError } from '@stateful-route/driver';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RoomModule } from '../nest-pod/room.module.ts';
import { POD_ROUTE, type PodRoute, StatefulRouteModule } from '../nest-pod/stateful-route.module.ts';
import { visit } from './requests.ts';
import { RoomService } from './room-service.ts';

let service: RoomService;

beforeEach(() => {
  service = new RoomService();
});
afterEach(() => service[Symbol.asyncDispose]());

async function createPod(podId: number): Promise<NestFastifyApplication> {
  const module = { module: RoomModule, imports: [StatefulRouteModule.forPod(service.podOptions(podId))] };
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: false,
  });
  service.closeLater(() => app.close());
  return app;
}

async function listen(app: NestFastifyApplication, podId: number): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = await app.getUrl();
  service.reachedAt(podId, url);
  return url;
}

it('is published once it listens', async () => {
  const app = await createPod(0);
  const { route: gateway } = await service.startGateway();
  await app.init();
  expect((await gateway.service('room').pods()).size).toBe(0);
  const url = await listen(app, 0);
  await app.get(StatefulRouteModule).started;
  expect([...(await gateway.service('room').pods()).keys()]).toEqual([0]);
  const probes = await Promise.all(['/livez', '/readyz'].map((path) => fetch(url + path)));
  expect(probes.map(({ status }) => status)).toEqual([200, 200]);
});

it('serves its users, and answers 421 for those of another pod', async () => {
  const app = await createPod(0);
  const url = await listen(app, 0);
  await app.get(StatefulRouteModule).started;
  const other = await service.startPod(1);
  await other.room.enter('bob');
  expect(await visit(url, 'ada')).toEqual({ uid: 'ada', podId: 0, visits: 1 });
  expect((await fetch(`${url}/users/bob/visits`, { method: 'POST' })).status).toBe(421);
  const gateway = await service.startGateway();
  expect(await visit(gateway.url, 'ada')).toMatchObject({ podId: 0, visits: 2 });
  expect(await visit(gateway.url, 'bob')).toMatchObject({ podId: 1 });
  expect((await fetch(`${gateway.url}/users/ada`, { method: 'DELETE' })).status).toBe(204);
  expect(app.get<PodRoute>(POD_ROUTE).server.holds('ada')).toBe(false);
});

it('hands its users over before it closes', async () => {
  const gateway = await service.startGateway();
  const app = await createPod(0);
  const podsWhenClosing: number[] = [];
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('preClose', async () => {
      podsWhenClosing.push(...(await gateway.route.service('room').pods()).keys());
    });
  await listen(app, 0);
  await app.get(StatefulRouteModule).started;
  expect(await visit(gateway.url, 'ada')).toMatchObject({ podId: 0 });
  await service.startPod(1);

  await app.close();
  expect(podsWhenClosing).toEqual([1]);
  expect(await visit(gateway.url, 'ada')).toMatchObject({ podId: 1 });
});

it('says so when the pod cannot be published', async () => {
  const app = await createPod(0);
  await app.get<PodRoute>(POD_ROUTE).start();
  await listen(app, 0);
  const failure: unknown = await app.get(StatefulRouteModule).started.catch((error: unknown) => error);
  expect(isRouteError(failure, 'ALREADY_RUNNING')).toBe(true);
});
