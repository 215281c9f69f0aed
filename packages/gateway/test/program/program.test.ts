import { once } from 'node:events';
import { type RedisServer, startRedis, until } from '@stateful-route/harness';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  type GatewayProcess,
  get,
  NAMESPACE,
  PodProcess,
  ROOM,
  startGateway,
  startWithFile,
  writeTestFile,
} from './programs.ts';

let redis: RedisServer;
let pods: PodProcess[];

beforeAll(async () => {
  redis = await startRedis();
  pods = await Promise.all([0, 1].map((podId) => PodProcess.start(redis.url, NAMESPACE, podId)));
});
afterAll(async () => {
  await Promise.all(pods.map((pod) => pod.kill()));
  await redis.stop();
});

/** Starts a gateway whose environment has the address of Redis. */
const start = (args: readonly string[] = ROOM): GatewayProcess =>
  startGateway(args, { REDIS_URL: redis.url });

const socketTo = (url: string, path: string): WebSocket =>
  new WebSocket(`${url.replace('http', 'ws')}${path}`);

describe('the program', () => {
  it('forwards requests and sockets to the pod that has the user', async () => {
    const { url } = await start().listening();
    const first = await get(`${url}/rooms/ada%20%C3%A9?x=1`);
    expect(first.json).toMatchObject({
      uid: 'ada é',
      count: 1,
      method: 'GET',
      path: '/rooms/ada%20%C3%A9?x=1',
    });
    const second = await get(`${url}/rooms/ada%20%C3%A9`, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(second.json).toMatchObject({ podId: first.json['podId'], count: 2, length: 100_000 });
    expect((await get(`${url}/`)).status).toBe(400);

    const socket = socketTo(url, '/rooms/bob');
    socket.once('open', () => socket.send('hello'));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect(answer.toString()).toMatch(/^[01] bob hello$/);
    socket.terminate();
  });

  it('serves several services of a file, by host and path', async () => {
    const path = writeTestFile(
      'services.yaml',
      `
namespace: ${NAMESPACE}
redis: { url: "${redis.url}" }
listen: 127.0.0.1:0
admin: { listen: "127.0.0.1:0" }
services:
  - { name: room, path: /rooms, uid: { path: 1 } }
  - { name: chat, host: chat.example, uid: { header: x-user } }
`,
    );
    const { url } = await startGateway(['--config', path]).listening();
    expect((await get(`${url}/rooms/ada`)).json).toMatchObject({ uid: 'ada' });
    expect((await get(`${url}/else`)).status).toBe(404);
    // Nobody serves it: it is known, but cannot be routed.
    const chat = await get(`${url}/else`, { headers: { host: 'chat.example', 'x-user': 'ada' } });
    expect(chat).toMatchObject({ status: 503, headers: { 'retry-after': expect.anything() } });
    const [refusal] = (await once(socketTo(url, '/else'), 'error')) as [Error];
    expect(refusal.message).toContain('404');
  });

  it('shows nothing of the admin listener on the public one', async () => {
    const { url } = await start(ROOM.with(5, 'header:x-user')).listening();
    for (const path of ['/metrics', '/readyz', '/livez', '/v1/services/room/users/ada']) {
      expect((await get(`${url}${path}`)).status).toBe(400);
    }
  });

  it.each([
    ['an unknown option', ['--servce', 'room'], /unknown option '--servce'/],
    ['an option without its value', ['--uid', 'ada'], /header:NAME, cookie:NAME/],
    [
      'nothing',
      [],
      /namespace: must be given: --namespace NAME\nerror: redis: .*--redis URL.*\nerror: services: .*--service NAME --uid/,
    ],
    ['an open admin listener', [...ROOM, '--admin', '0.0.0.0:0'], /error: admin\.tokenFile: must be given/],
    ['a file that is not there', ['-c', '/none.yaml'], /error: \/none\.yaml: cannot be read \(ENOENT\)/],
    [
      'a token file that is not there',
      [...ROOM, '--admin-token-file', '/none'],
      /admin\.tokenFile: cannot be read/,
    ],
    ['a wrong option of the route', ['-c', 'ROUTE'], /error: .*leaseSecond.*did you mean leaseSeconds/],
  ])('ends with 2 and says why: %s', async (_, args, why) => {
    const route = writeTestFile(
      'route.yaml',
      `{ namespace: a, redis: { url: "${redis.url}" }, route: { leaseSecond: 1 }, services: [{ name: room, uid: { path: 1 } }] }`,
    );
    const given = args.map((arg) => (arg === 'ROUTE' ? route : arg));
    const env = args.includes('--service') ? { REDIS_URL: redis.url } : undefined;
    const { status, err } = await startGateway(given, env).ended();
    expect(err).toMatch(why);
    expect(err).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
  });

  it('ends with 1 when its port is taken', async () => {
    const { url } = await start().listening();
    const { status, err } = await start([...ROOM, '--listen', new URL(url).host]).ended();
    expect(err).toContain('EADDRINUSE');
    expect(status).toBe(1);
  });

  it('shows its help and its exit status, and checks a configuration without running it', async () => {
    const help = await start(['--help']).ended();
    expect(help).toMatchObject({ status: 0, err: '' });
    expect(help.out).toContain('Exit status:');
    const check = await startGateway([...ROOM, '--check'], { REDIS_URL: 'redis://127.0.0.1:1' }).ended();
    expect(check).toMatchObject({ status: 0, out: 'The configuration can be used.\n' });
  });

  it('waits for a store that is away, and is not ready meanwhile', async () => {
    const own = await startRedis();
    await own.kill();
    const gateway = startWithFile({ redis: { url: own.url } });
    await until('a warning', () =>
      gateway.log().some(({ message }) => String(message).includes('cannot start yet')),
    );
    expect(gateway.log().some(({ message }) => message === 'The gateway listens')).toBe(false);
    await own.restart();
    await gateway.listening();
    gateway.signal('SIGTERM');
    await own.stop();
  });
});

describe('SIGTERM', () => {
  it('fails no request under load, and answers the one under way', async () => {
    const gateway = startWithFile({ redis: { url: redis.url }, graceMs: 300, closeSpreadMs: 100 });
    const { url, admin } = await gateway.listening();
    expect((await get(`${admin}/readyz`)).status).toBe(200);
    const socket = socketTo(url, '/rooms/bob');
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const held = await holdRequest(url);

    const agent = new Agent({ connections: 16, keepAliveTimeout: 60_000 });
    const load = { goesOn: true };
    const failures: unknown[] = [];
    let answered = 0;
    const caller = async (at: number): Promise<void> => {
      // As an ingress does, it sends to this gateway until it hears that it is not ready.
      while (load.goesOn) {
        try {
          const options = { method: at % 2 ? 'POST' : 'GET', dispatcher: agent } as const;
          const { status } = await get(`${url}/rooms/user-${at}`, options);
          if (status === 200) answered += 1;
          else failures.push(status);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const callers = Array.from({ length: 16 }, (_, at) => caller(at));
    await until('load', () => answered > 100);
    gateway.signal('SIGTERM');
    await until('not ready', async () => (await get(`${admin}/readyz`)).status === 503);
    const before = answered;
    await until('answers while not ready', () => answered > before);
    load.goesOn = false;
    await Promise.all(callers);
    await agent.close();
    expect(failures).toEqual([]);
    expect((await closed)[0]).toBe(1012);

    held.release();
    expect(await held.answer).toBe('held');
    const { status, err } = await gateway.ended();
    expect(err).toContain('every request was answered');
    expect(status).toBe(0);
  });

  it('cuts off what is not answered in time, and ends with 1', async () => {
    const limits = { graceMs: 0, closeSpreadMs: 0, endTimeoutMs: 50 };
    const gateway = startWithFile({ redis: { url: redis.url }, admin: false, ...limits });
    const { url } = await gateway.listening();
    const held = await holdRequest(url);
    gateway.signal('SIGINT');
    const { status, err } = await gateway.ended();
    expect(err).toContain('The time to end is over');
    expect(status).toBe(1);
    await expect(held.answer).rejects.toThrow(/terminated|other side closed/);
    held.release();
  });

  /** A request whose answer has begun, and does not end before it is released. */
  async function holdRequest(url: string): Promise<{ readonly answer: Promise<string>; release(): void }> {
    const answer = request(`${url}/rooms/eve/hold`).then(({ body }) => body.text());
    answer.catch(() => {});
    await Promise.race(pods.map((pod) => pod.holds()));
    return {
      answer,
      release: () => {
        for (const pod of pods) pod.release();
      },
    };
  }
});
