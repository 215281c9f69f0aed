import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import {
  createStatefulRoute,
  type RouteConfigInput,
  silentLogger,
  type StatefulRoute,
} from '@stateful-route/driver';
import { createGateway } from '@stateful-route/gateway';
import { createHost, staleToken } from '@stateful-route/host';
import { freePort, testRedis, type TestRedis, uniqueNamespace } from '@stateful-route/testkit/redis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

const AGENT = fileURLToPath(import.meta.resolve('@stateful-route/agent')).replace(
  /(src|dist)\/index/,
  '$1/bin',
);
const POD = fileURLToPath(new URL('../python-pod/pod.py', import.meta.url));
const FROM_SOURCE = ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'];
const TEST_WITHIN_MS = 120_000;
const WAIT = { timeout: 60_000, interval: 20 };
const PYTHON = 2;
const USERS = 24;
/** The default. */
const LEASE_MS = 15_000;
const SHORT_LEASE_MS = 4_000;
const MARGIN_MS = 1_000;
const SHORT: RouteConfigInput = {
  leaseSeconds: SHORT_LEASE_MS / 1_000,
  heartbeatSeconds: 0.5,
  stateRefreshMs: 500,
  fenceMarginMs: MARGIN_MS,
};

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.stop());

/** The storage that all pods share, as the Python pod calls it. */
class Storage {
  readonly counts = new Map<string, number>();
  readonly #tokens = new Map<string, number>();

  /** Throws if a later owner has registered. */
  register(uid: string, token: number, count?: number): number {
    const seen = this.#tokens.get(uid) ?? 0;
    if (seen > token) throw staleToken(seen);
    this.#tokens.set(uid, token);
    if (count !== undefined) this.counts.set(uid, count);
    return this.counts.get(uid) ?? 0;
  }

  /** Serves it over HTTP. */
  async listen(): Promise<{ url: string; close: () => Promise<void> }> {
    const server = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        const { token, count } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as {
          token: number;
          count?: number;
        };
        const uid = decodeURIComponent(request.url!.slice(1));
        try {
          response.writeHead(200).end(JSON.stringify({ count: this.register(uid, token, count) }));
        } catch {
          response.writeHead(409).end(JSON.stringify({ token: this.#tokens.get(uid) }));
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
    };
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
  }
}

/** The Python pod under its agent. */
class PythonPod {
  readonly agent: ChildProcess;
  readonly url: string;
  #output = '';
  #childPid: number | undefined;

  constructor(namespace: string, own: { port: number; storage: string; config: RouteConfigInput }) {
    const { port, storage, config } = own;
    this.url = `http://127.0.0.1:${port}`;
    const place = ['--namespace', namespace, '--service', 'room', '--ordinal', String(PYTHON)];
    const address = [
      '--address',
      `127.0.0.1:${port}`,
      '--health',
      `${this.url}/`,
      '--health-every-ms',
      '100',
    ];
    const args = ['--redis', redis.url, ...place, ...address, '--config', JSON.stringify(config)];
    this.agent = spawn(
      process.execPath,
      [...FROM_SOURCE, AGENT, ...args, '--exec', '--', 'python3', '-u', POD],
      {
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          PORT: String(port),
          STORAGE_URL: storage,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.agent.stdout!, this.agent.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  get output(): string {
    return this.#output;
  }

  /** The process of the pod: the agent's only child. Asked for once while the agent runs, it is known afterwards too. */
  async childPid(): Promise<number> {
    if (this.#childPid === undefined) {
      const children = await readFile(`/proc/${this.agent.pid}/task/${this.agent.pid}/children`, 'utf8');
      this.#childPid = Number(children.trim().split(' ')[0]);
    }
    return this.#childPid;
  }

  async visit(uid: string): Promise<number> {
    const headers = { 'stateful-route-uid': encodeURIComponent(uid) };
    return (await fetch(`${this.url}/visits`, { method: 'POST', headers })).status;
  }

  async ended(): Promise<void> {
    if (this.agent.exitCode === null && this.agent.signalCode === null) await once(this.agent, 'exit');
  }

  async kill(): Promise<void> {
    const pid = await this.childPid().catch(() => undefined);
    this.agent.kill('SIGKILL');
    await this.ended();
    // It leads a group of its own, and may have ended.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (pid !== undefined && command.includes(POD)) process.kill(pid, 'SIGKILL');
  }
}

interface Fleet extends AsyncDisposable {
  readonly storage: Storage;
  readonly python: PythonPod;
  readonly route: StatefulRoute<undefined>;
  /** Sends a visit through the gateway. */
  visit(uid: string): Promise<{ status: number; podId: number; visits: number }>;
}

/** Two pods in Node, one in Python, and a gateway. */
async function startFleet(config: RouteConfigInput = {}): Promise<Fleet> {
  const namespace = uniqueNamespace();
  const closing: (() => Promise<unknown>)[] = [];
  const storage = new Storage();
  const http = await storage.listen();
  closing.push(http.close);
  for (const podId of [0, 1]) closing.push(await nodePod(namespace, podId, storage, config));
  const python = new PythonPod(namespace, { port: await freePort(), storage: http.url, config });
  closing.push(() => python.kill());
  const { route, port, close } = await startGateway(namespace);
  closing.push(close);
  await vi.waitFor(async () => {
    const pod = (await route.service('room').pods()).get(PYTHON);
    if (pod?.state !== 'READY') throw new Error(`the Python pod is not ready: ${python.output}`);
  }, WAIT);
  await python.childPid();
  return {
    storage,
    python,
    route,
    visit: async (uid) => {
      const response = await fetch(`http://127.0.0.1:${port}/visits`, {
        method: 'POST',
        headers: { 'x-user': uid },
      });
      const text = await response.text();
      const body = (response.status === 200 ? JSON.parse(text) : {}) as { podId: number; visits: number };
      return { status: response.status, ...body };
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of closing.toReversed()) await end();
    },
  };
}

async function startGateway(
  namespace: string,
): Promise<{ route: StatefulRoute<undefined>; port: number; close: () => Promise<void> }> {
  const executors = createRedisExecutors({ url: redis.url });
  const route = createStatefulRoute({ executors, namespace, services: ['room'], logger: silentLogger });
  await route.start();
  const gateway = createGateway(route, { service: 'room', uid: { header: 'x-user' } });
  const server = createServer(gateway.request).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    await gateway.close();
    server.closeAllConnections();
    await route.stop();
    await executors.close();
  };
  return { route, port: (server.address() as AddressInfo).port, close };
}

async function nodePod(
  namespace: string,
  podId: number,
  storage: Storage,
  config: RouteConfigInput,
): Promise<() => Promise<void>> {
  const executors = createRedisExecutors({ url: redis.url });
  const port = await freePort();
  const place = { namespace, serviceName: 'room', podId, address: `127.0.0.1:${port}` };
  const route = createStatefulRoute({ ...place, executors, config, logger: silentLogger });
  const host = createHost(route, {
    open: async ({ uid, token }) => ({ count: storage.register(uid, token) }),
    save: async ({ uid, token, state }) => void storage.register(uid, token, state.count),
    saveAfter: 'use',
  });
  const server = createServer(
    host.guard().handle(async ({ entity }, response) => {
      const visits = await entity.use((state) => ++state.count);
      response.end(JSON.stringify({ podId, visits }));
    }),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  await route.start();
  return async () => {
    await route.stop();
    server.close();
    server.closeAllConnections();
    await executors.close();
  };
}

describe('a pod in Python beside pods in Node', () => {
  it(
    'loses no visit when it is asked to end, and no request fails',
    async () => {
      await using fleet = await startFleet();
      const { visit, python } = fleet;
      const users = Array.from({ length: USERS }, (_, nth) => `user-${nth}`);
      const on = new Map<string, number>();
      let over = false;
      const visitor = async (uid: string): Promise<number> => {
        for (let visits = 1; ; visits++) {
          const answer = await visit(uid);
          if (answer.status !== 200 || answer.visits !== visits)
            throw new Error(`visit ${visits} of ${uid}: ${JSON.stringify(answer)} ${python.output}`);
          on.set(uid, answer.podId);
          if (over) return answer.podId;
        }
      };
      const traffic = Promise.all(users.map(visitor));
      const failed = traffic.then(() => new Promise<never>(() => {}));
      const ends = async (): Promise<void> => {
        await vi.waitFor(
          () => expect([...on.values()].filter((podId) => podId === PYTHON).length).toBeGreaterThan(2),
          WAIT,
        );
        python.agent.kill('SIGTERM');
        await python.ended();
        expect(python.agent.exitCode).toBe(0);
      };
      await Promise.race([ends(), failed]);
      over = true;
      expect(await traffic).not.toContain(PYTHON);
    },
    TEST_WITHIN_MS,
  );

  it(
    'loses nothing that was saved when it is killed, and its users are served elsewhere before its lease is over',
    async () => {
      await using fleet = await startFleet();
      const { visit, python, storage } = fleet;
      const users = Array.from({ length: USERS }, (_, nth) => `user-${nth}`);
      const visited = await Promise.all(users.map(async (uid) => ({ uid, ...(await visit(uid)) })));
      const itsOwn = visited.filter(({ podId }) => podId === PYTHON).map(({ uid }) => uid);
      expect(itsOwn.length).toBeGreaterThan(2);
      for (const uid of itsOwn) storage.counts.set(uid, 100);
      const start = performance.now();
      process.kill(await python.childPid(), 'SIGKILL');
      for (const uid of itsOwn) {
        await vi.waitFor(
          async () => expect(await visit(uid)).toMatchObject({ status: 200, visits: 101 }),
          WAIT,
        );
      }
      expect(performance.now() - start).toBeLessThan(LEASE_MS);
      await python.ended();
      expect(python.agent.exitCode).toBe(128 + 9);
    },
    TEST_WITHIN_MS,
  );

  it(
    'serves nobody once its lease is over, when its agent is killed',
    async () => {
      await using fleet = await startFleet(SHORT);
      const { python, route } = fleet;
      const pid = await python.childPid();
      await vi.waitFor(async () => expect(await python.visit('ada')).toBe(200), WAIT);
      python.agent.kill('SIGKILL');
      await python.ended();
      const killedAt = performance.now();
      expect(await python.visit('ada')).toBe(200);
      let servedAt = killedAt;
      await vi.waitFor(async () => {
        const asked = performance.now();
        const status = await python.visit('ada');
        if (status === 200) servedAt = asked;
        expect(status).toBe(503);
      }, WAIT);
      expect(servedAt - killedAt).toBeLessThan(SHORT_LEASE_MS - MARGIN_MS);
      // Nobody was told that it is dead.
      expect((await route.service('room').pods()).get(PYTHON)).toMatchObject({ state: 'READY' });
      process.kill(pid, 'SIGKILL');
    },
    TEST_WITHIN_MS,
  );
});

/** The Python pod with a double of its agent and of its storage, which sends it the events of a test. */
async function startWithDouble() {
  const askedTokens: number[] = [];
  let stream: ServerResponse | undefined;
  const double = createServer((request, response) => {
    if (request.url === '/v1/events') {
      stream = response;
      return;
    }
    void request.toArray().then((chunks) => {
      const { minToken } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as { minToken?: number };
      if (minToken !== undefined) askedTokens.push(minToken);
      response.end(JSON.stringify({ token: Math.max(...askedTokens), count: 0 }));
    });
  }).listen(0, '127.0.0.1');
  await once(double, 'listening');
  const url = `http://127.0.0.1:${(double.address() as AddressInfo).port}`;
  const port = String(await freePort());
  const env = { STATEFUL_ROUTE_AGENT: url, STATEFUL_ROUTE_ORDINAL: '0', STORAGE_URL: url, PORT: port };
  const python = spawn('python3', ['-u', POD], { env: { PATH: process.env['PATH'], ...env } });
  onTestFinished(() => {
    python.kill('SIGKILL');
    double.close();
    double.closeAllConnections();
  });
  await vi.waitFor(() => expect(stream).toBeDefined(), WAIT);
  return {
    askedTokens,
    send: (name: string, data: object) =>
      stream!.write(`event: ${name}\ndata: ${JSON.stringify({ validForMs: LEASE_MS, ...data })}\n\n`),
    visit: async () => (await fetch(`http://127.0.0.1:${port}/ada`, { method: 'POST' })).status,
  };
}

it.each([
  ['state', [['state', { users: [], handOffs: [] }]]],
  [
    'fenced',
    [
      ['fenced', { validForMs: 0 }],
      ['unfenced', { claims: [{ uid: 'ada', token: 1 }] }],
    ],
  ],
] as const)('a user whose newest claim a late `%s` event ended is served again', async (_name, events) => {
  const { askedTokens, send, visit } = await startWithDouble();
  send('lease', {});
  await vi.waitFor(async () => expect(await visit()).toBe(200), WAIT);
  expect(new Set(askedTokens)).toEqual(new Set([1]));
  const claims = askedTokens.length;
  for (const [name, data] of events) send(name, data);
  await vi.waitFor(async () => {
    expect([await visit(), askedTokens.length > claims]).toEqual([200, true]);
  }, 10_000);
});
