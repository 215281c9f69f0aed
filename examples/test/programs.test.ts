import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { testRedis, type TestRedis, uniqueNamespace } from '@stateful-route/testkit/redis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ChildProgram } from './child-program.ts';
import { closeCode, connect, say, visit } from './requests.ts';
import { RoomService } from './room-service.ts';

const STARTS_WITHIN = { timeout: 30_000, interval: 50 };
const ENDS_WITHIN = { timeout: 10_000, interval: 50 };
const TEST_WITHIN_MS = 90_000;

const users = Array.from({ length: 10 }, (_, index) => `user-${index}`);

let redis: TestRedis | undefined;
let service: RoomService;

beforeAll(async () => {
  redis = await testRedis();
}, 60_000);
afterAll(() => redis?.stop());

beforeEach(() => {
  service = new RoomService(createRedisExecutors({ url: redis!.url }), uniqueNamespace());
});
afterEach(() => service[Symbol.asyncDispose]());

/** Starts an example, and waits until it says that it is ready. */
async function start(program: string, env: Readonly<Record<string, string>>): Promise<ChildProgram> {
  const child = await spawn(program, { REDIS_URL: redis!.url, ...env });
  await vi.waitFor(async () => {
    expect(child.report()).toMatchObject({ ending: undefined });
    expect((await fetch(`${child.url}/readyz`)).status).toBe(200);
  }, STARTS_WITHIN);
  return child;
}

async function spawn(program: string, env: Readonly<Record<string, string>>): Promise<ChildProgram> {
  const child = await ChildProgram.spawn(program, env);
  service.closeLater(() => child.kill());
  return child;
}

const podEnv = () => ({ POD_NAMESPACE: service.namespace, POD_NAME: 'room-0' });

it.each([
  { program: 'fastify-pod/main.ts', webSockets: true, ending: 0 },
  { program: 'kratos-app/main.ts', webSockets: true, ending: 0 },
  // Nest ends its process by the signal that it was sent.
  { program: 'nest-pod/main.ts', webSockets: false, ending: 'SIGTERM' },
])(
  '$program ends on SIGTERM without a request failing: its users are served by another pod',
  async ({ program, webSockets, ending }) => {
    const pod = await start(program, podEnv());
    const gateway = await service.startGateway();
    for (const uid of users) expect(await visit(gateway.url, uid)).toMatchObject({ podId: 0 });
    const socket = webSockets ? await connect(gateway.url, users[0]!) : undefined;
    const closed = socket && closeCode(socket);
    if (socket) expect(await say(socket)).toMatchObject({ podId: 0, visits: 2 });
    await service.startPod(1);

    const over = new AbortController();
    const failures: unknown[] = [];
    const traffic = users.map(async (uid) => {
      while (!over.signal.aborted) {
        await visit(gateway.url, uid).catch((error: unknown) => failures.push(error));
      }
    });
    pod.signal('SIGTERM');
    await vi.waitFor(async () => {
      const pods = await gateway.route.routeInfo.getAllServiceState(service.namespace, 'room');
      expect(pods.get(0)?.state).toBe('TERMINATING');
    }, ENDS_WITHIN);
    // a caller that was not notified yet is still redirected
    expect((await fetch(`${pod.url}/users/late/visits`, { method: 'POST' })).status).toBe(421);
    await vi.waitFor(() => {
      expect(pod.report()).toMatchObject({ ending });
    }, ENDS_WITHIN);
    over.abort();
    await Promise.all(traffic);
    expect(failures).toEqual([]);

    for (const uid of users) expect(await visit(gateway.url, uid)).toMatchObject({ podId: 1 });
    if (closed) expect(await closed).toBe(1012);
    expect(pod.report().output).toMatch(/stopped/);
  },
  TEST_WITHIN_MS,
);

it(
  'fastify-gateway/main.ts finds the pods by the addresses they publish',
  async () => {
    const pod = await start('fastify-pod/main.ts', podEnv());
    const gateway = await start('fastify-gateway/main.ts', { NAMESPACE: service.namespace });
    expect(await visit(gateway.url, 'ada')).toEqual({ uid: 'ada', podId: 0, visits: 1 });
    const socket = await connect(gateway.url, 'ada');
    expect(await say(socket)).toEqual({ uid: 'ada', podId: 0, visits: 2 });

    const closed = closeCode(socket);
    gateway.signal('SIGTERM');
    await vi.waitFor(() => {
      expect(gateway.report()).toMatchObject({ ending: 0 });
    }, ENDS_WITHIN);
    expect(await closed).toBe(1006);
    expect(await visit(pod.url, 'ada')).toMatchObject({ visits: 3 });
  },
  TEST_WITHIN_MS,
);

it(
  'fastify-pod/main.ts takes no users when the store is not there, and says why',
  async () => {
    const pod = await spawn('fastify-pod/main.ts', { ...podEnv(), REDIS_URL: 'redis://127.0.0.1:1' });
    await vi.waitFor(() => {
      expect(pod.report()).toMatchObject({ ending: 1 });
    }, STARTS_WITHIN);
    expect(pod.report().output).toMatch(/STORE_ERROR|TIMEOUT/);
  },
  TEST_WITHIN_MS,
);
