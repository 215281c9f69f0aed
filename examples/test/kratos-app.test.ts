import { createStatefulRoute } from '@stateful-route/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPodServer } from '../fastify-pod/pod-server.ts';
import { App, type Server } from '../kratos-app/app.ts';
import { Room } from '../room.ts';
import { visit } from './requests.ts';
import { RoomService } from './room-service.ts';

describe('App', () => {
  let log: string[];
  beforeEach(() => {
    log = [];
  });

  const note = (entry: string) => (): void => {
    log.push(entry);
  };
  const fail = (entry: string) => (): never => {
    log.push(entry);
    throw new Error(entry);
  };
  const server = (name: string, failing: { start?: boolean; stop?: boolean } = {}): Server => ({
    start: async () => (failing.start ? fail : note)(`${name} starts`)(),
    stop: async () => (failing.stop ? fail : note)(`${name} stops`)(),
  });

  it('runs hooks while all servers listen', async () => {
    const app = new App({
      servers: [server('http'), server('grpc')],
      afterStart: [note('after start')],
      beforeStop: [note('before stop'), note('before stop too')],
    });
    await app.start();
    expect(log).toEqual(['http starts', 'grpc starts', 'after start']);
    log = [];
    await Promise.all([app.stop(), app.stop()]);
    expect(log).toEqual(['before stop', 'before stop too', 'grpc stops', 'http stops']);
  });

  it('stops what it started when a server does not start', async () => {
    const app = new App({
      servers: [server('http'), server('grpc', { start: true })],
      afterStart: [note('after start')],
    });
    await expect(app.start()).rejects.toThrow('grpc starts');
    expect(log).toEqual(['http starts', 'grpc starts', 'http stops']);
  });

  it('stops when a hook after the start fails', async () => {
    const app = new App({
      servers: [server('http')],
      afterStart: [fail('hook')],
      beforeStop: [note('undone')],
    });
    await expect(app.start()).rejects.toThrow('hook');
    expect(log).toEqual(['http starts', 'hook', 'undone', 'http stops']);
  });

  it('tries everything when it stops, and says what failed', async () => {
    const app = new App({
      servers: [server('http'), server('grpc', { stop: true })],
      beforeStop: [fail('hook'), note('next hook')],
    });
    await app.start();
    log = [];
    await expect(app.stop()).rejects.toMatchObject({
      errors: [{ message: 'hook' }, { message: 'grpc stops' }],
    });
    expect(log).toEqual(['hook', 'next hook', 'grpc stops', 'http stops']);
  });

  it('starts again after a stop', async () => {
    const app = new App({ servers: [server('http')], beforeStop: [note('before stop')] });
    for (let round = 0; round < 2; round++) {
      await app.start();
      await app.stop();
    }
    expect(log).toEqual([
      'http starts',
      'before stop',
      'http stops',
      'http starts',
      'before stop',
      'http stops',
    ]);
  });
});

describe('with the driver in it', () => {
  let service: RoomService;
  beforeEach(() => {
    service = new RoomService();
  });
  afterEach(() => service[Symbol.asyncDispose]());

  it('is known to callers while it listens, and hands its users over before it closes', async () => {
    await service.startPod(0);
    const gateway = await service.startGateway();
    const { podId } = await visit(gateway.url, 'ada');
    expect(podId).toBe(0);

    const route = createStatefulRoute(service.podOptions(1));
    const room = new Room(route.server, service.saved);
    const http = await createPodServer({ podId: 1, route, room });
    const known = async () => [...(await gateway.route.service('room').pods()).keys()];
    const seen: [string, number[]][] = [];
    const app = new App({
      servers: [
        {
          start: async () => {
            service.reachedAt(1, await http.listen({ host: '127.0.0.1', port: 0 }));
            seen.push(['listens', await known()]);
          },
          stop: async () => {
            seen.push(['closes', await known()]);
            await http.close();
          },
        },
      ],
      afterStart: [() => route.start()],
      beforeStop: [() => route.stop()],
    });
    await app.start();
    await room.enter('bob');
    expect(await visit(gateway.url, 'bob')).toEqual({ uid: 'bob', podId: 1, visits: 1 });
    seen.push(['serves', await known()]);

    await app.stop();
    expect(seen).toEqual([
      ['listens', [0]],
      ['serves', [0, 1]],
      ['closes', [0]],
    ]);
    expect(await visit(gateway.url, 'bob')).toEqual({ uid: 'bob', podId: 0, visits: 2 });
  });
});
