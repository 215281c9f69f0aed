import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SOURCE_FLAGS } from '@stateful-route/lab/process';
import { freePort, type TestRedis, testRedis } from '@stateful-route/testkit/redis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ServingJournal } from '../src/report/serving-journal.ts';
import { startProcessFleet } from '../src/processes/process-fleet.ts';

const AGENT = fileURLToPath(new URL('../../../packages/agent/src/bin.ts', import.meta.url));
const POD = fileURLToPath(new URL('../../../examples/python-pod/pod.py', import.meta.url));
const SLOW = 180_000;
const WAIT = { timeout: 60_000, interval: 100 };
const NODE_PODS = 2;
const PYTHON = NODE_PODS;
const USERS = 40;

let redis: TestRedis;
const flags = process.execArgv;
beforeAll(async () => {
  // The processes of the fleet are started with the flags of this one.
  process.execArgv = [...SOURCE_FLAGS];
  redis = await testRedis();
}, SLOW);
afterAll(async () => {
  process.execArgv = flags;
  await redis.stop();
});

/** The storage of the Python pod. */
async function startStorage(): Promise<{ url: string; close: () => void }> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const { count } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as { count?: number };
      if (count !== undefined) counts.set(request.url!, count);
      response.end(JSON.stringify({ count: counts.get(request.url!) ?? 0 }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The example's pod under its agent, as the next ordinal of the fleet. */
async function startPython(namespace: string, storage: string): Promise<ChildProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const place = [
    '--namespace',
    namespace,
    '--service',
    'room',
    '--ordinal',
    String(PYTHON),
    '--address',
    url,
  ];
  const args = [
    '--redis',
    redis.url,
    ...place,
    '--health',
    url,
    '--health-every-ms',
    '100',
    '--log-level',
    'ERROR',
  ];
  const config = [
    '--config',
    '{"leaseSeconds":4,"heartbeatSeconds":0.5,"stateRefreshMs":500,"timeoutMs":2000}',
  ];
  return spawn(
    process.execPath,
    [...SOURCE_FLAGS, AGENT, ...args, ...config, '--exec', '--', 'python3', POD],
    {
      env: { ...process.env, PORT: String(port), STORAGE_URL: storage },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}

it(
  "a pod in Python is one of the demo's fleet: it gets users, and they are served elsewhere when it ends",
  async () => {
    const storage = await startStorage();
    const fleet = await startProcessFleet(
      { pods: NODE_PODS, gateways: 1, strategy: 'round-robin', seed: 1, journal: new ServingJournal() },
      { redis: redis.url, signal: new AbortController().signal, warn: () => {} },
    );
    const namespace = /demo-[\w-]+/.exec(fleet.description)![0];
    const python = await startPython(namespace, storage.url);
    const [gateway] = fleet.gateways;
    let asked = 0;
    const serve = async (uid: string): Promise<number> => {
      const outcome = await gateway!.request(uid);
      if (!outcome.served) throw new Error(`Nobody serves ${uid}.`, { cause: outcome.error });
      expect(outcome.served).toMatchObject({ podId: outcome.calledPodId, held: true });
      return outcome.served.podId;
    };
    try {
      await vi.waitFor(async () => {
        if ((await serve(`first-${asked++}`)) !== PYTHON)
          throw new Error('no user is placed on the Python pod yet');
      }, WAIT);
      const users = Array.from({ length: USERS }, (_, nth) => `user-${nth}`);
      const pods = await Promise.all(users.map(serve));
      const itsOwn = users.filter((_, at) => pods[at] === PYTHON);
      expect(itsOwn.length).toBeGreaterThan(USERS / 6);
      expect(new Set(pods)).toEqual(new Set([0, 1, PYTHON]));
      // Each stays where it is.
      expect(await Promise.all(users.map(serve))).toEqual(pods);
      python.kill('SIGTERM');
      await once(python, 'exit');
      expect(python.exitCode).toBe(0);
      expect(await Promise.all(itsOwn.map(serve))).not.toContain(PYTHON);
    } finally {
      python.kill('SIGKILL');
      await fleet.close();
      storage.close();
    }
  },
  SLOW,
);
