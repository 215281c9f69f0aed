import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import type { Executors } from '@stateful-route/core';
import { createStatefulRoute, silentLogger } from '@stateful-route/driver';
import { type RedisServer, startRedis } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askSocket, RunningAgent } from './support/running-agent.ts';

const LEASE_SECONDS = 3;
const CONFIG = JSON.stringify({
  leaseSeconds: LEASE_SECONDS,
  heartbeatSeconds: 0.5,
  fenceMarginMs: 500,
  stateRefreshMs: 500,
  drainTimeoutMs: 8_000,
  timeoutMs: 500,
});

let redis: RedisServer;
let executors: Executors;
let folder: string;
let namespace: string;
let tests = 0;
const agents: RunningAgent[] = [];

beforeAll(async () => {
  redis = await startRedis();
  executors = createRedisExecutors({ url: redis.url });
});
afterAll(async () => {
  await executors.close();
  await redis.stop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
  namespace = `test-${(tests += 1)}`;
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.kill()));
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningAgent {
  const place = ['--namespace', namespace, '--service', 'room', '--ordinal', '0', '--address', '127.0.0.1:1'];
  const agent = new RunningAgent(['--redis', redis.url, ...place, '--config', CONFIG, ...args], env);
  agents.push(agent);
  return agent;
}

const socket = (): string => join(folder, 'agent.sock');
const entry = async () => (await executors.stateful.getServiceState(namespace, 'room')).pods.get(0);
const linkOf = async (uid: string) => executors.stateful.getLinkedPodIfPersist(namespace, uid, 'room');
const status = async (path: string, method = 'GET') => (await askSocket(socket(), method, path)).status;

async function untilReady(): Promise<void> {
  await expect.poll(() => status('/readyz'), { interval: 20 }).toBe(200);
}

describe('the socket', () => {
  it('is for its user alone, and goes with the agent', async () => {
    const agent = start(['--socket', socket()]);
    await untilReady();
    expect(statSync(socket()).mode & 0o777).toBe(0o600);
    expect((await askSocket(socket(), 'GET', '/v1/users', { origin: 'http://localhost' })).status).toBe(403);
    expect((await askSocket(socket(), 'GET', '/v1/users', { host: 'evil.example' })).status).toBe(403);
    const { body } = await askSocket(socket(), 'GET', '/metrics');
    expect(body).toMatch(/^# TYPE \w+/m);
    agent.signal('SIGTERM');
    expect(await agent.ended()).toBe(0);
    expect(existsSync(socket())).toBe(false);
    expect(await entry()).toMatchObject({ state: 'TERMINATING' });
  });

  it('of a dead agent is replaced, of a live one is not', async () => {
    const first = start(['--socket', socket()]);
    await untilReady();
    const second = start(['--socket', socket()]);
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain(`another agent listens at ${socket()}`);
    expect(await status('/livez')).toBe(200);
    await first.kill();
    expect(existsSync(socket())).toBe(true);
    start(['--socket', socket()]);
    await untilReady();
  });

  it('replaces nothing else', async () => {
    writeFileSync(socket(), 'precious');
    const agent = start(['--socket', socket()]);
    expect(await agent.ended()).toBe(1);
    expect(agent.output).toContain('is no socket');
    expect(readFileSync(socket(), 'utf8')).toBe('precious');
    const long = start(['--socket', join(folder, 'x'.repeat(100))]);
    expect(await long.ended()).toBe(1);
    expect(long.output).toContain('too long');
  });
});

describe('a port', () => {
  it('needs a token that others cannot read', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'a-token-that-is-long-enough\n', { mode: 0o600 });
    chmodSync(file, 0o644);
    const open = start(['--listen', '127.0.0.1:0', '--token-file', file]);
    expect(await open.ended()).toBe(1);
    expect(open.output).toContain('is open to others');
    chmodSync(file, 0o600);
    const agent = start(['--listen', '127.0.0.1:0', '--token-file', file]);
    await expect.poll(() => agent.output).toContain('the agent listens');
    const [, url] = /"address":"(http:[^"]+)"/.exec(agent.output)!;
    expect((await fetch(`${url}/v1/users`)).status).toBe(401);
    const headers = { authorization: 'Bearer a-token-that-is-long-enough' };
    expect((await fetch(`${url}/v1/users`, { headers })).status).toBe(200);
  });
});

describe('health', () => {
  it('is asked, and published', async () => {
    let healthy = false;
    const server = createServer((_, response) => void response.writeHead(healthy ? 200 : 500).end());
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
    start(['--socket', socket(), '--health', url, '--health-every-ms', '50']);
    await expect.poll(async () => (await entry())?.state, { interval: 20 }).toBe('NOT_READY');
    const readyz = async (): Promise<string> => (await askSocket(socket(), 'GET', '/readyz')).body;
    await expect.poll(readyz, { interval: 20 }).toContain('it answers 500');
    healthy = true;
    await untilReady();
    await expect.poll(async () => (await entry())?.state, { interval: 20 }).toBe('READY');
    healthy = false;
    await expect.poll(async () => (await entry())?.state, { interval: 20 }).toBe('NOT_READY');
    server.close();
    server.closeAllConnections();
  });
});

describe.skipIf(process.platform !== 'linux')('a child', () => {
  const run = (script: string): RunningAgent =>
    start(['--socket', socket(), '--exec', '--', 'python3', '-c', script]);
  const forever = 'import time\nwhile True: time.sleep(9)';

  it('that is killed frees its users at once, and gives its status', async () => {
    const agent = run(
      `import os\nprint("child", os.getpid(), os.environ["STATEFUL_ROUTE_AGENT"], flush=True)\n${forever}`,
    );
    await untilReady();
    expect(await status('/v1/users/ada/claim', 'POST')).toBe(200);
    expect(await linkOf('ada')).toBe(0);
    await expect.poll(() => agent.output).toMatch(/child \d+ unix:/);
    expect(agent.output).toContain(` unix:${socket()}\n`);
    const [, pid] = /child (\d+)/.exec(agent.output)!;
    const start = performance.now();
    process.kill(Number(pid), 'SIGKILL');
    await expect.poll(async () => (await linkOf('ada')) === undefined, { interval: 5 }).toBe(true);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(await agent.ended()).toBe(137);
    expect(['FAILED', 'TERMINATING']).toContain((await entry())!.state);
  });

  it('that ends gives its status', async () => {
    const agent = run('import time\ntime.sleep(0.5)\nraise SystemExit(7)');
    expect(await agent.ended()).toBe(7);
  });

  it('that cannot be started', async () => {
    const agent = start(['--exec', '--', '/no/such/program']);
    expect(await agent.ended()).toBe(1);
    expect(agent.output).toContain('ENOENT');
  });

  it('gets SIGTERM after the drain, and SIGKILL when it ignores that', async () => {
    const agent = start([
      '--socket',
      socket(),
      '--grace-ms',
      '300',
      '--exec',
      '--',
      'python3',
      '-c',
      `import signal\nsignal.signal(signal.SIGTERM, lambda *_: print("asked to end", flush=True))\nprint("handles", flush=True)\n${forever}`,
    ]);
    await untilReady();
    await expect.poll(() => agent.output).toContain('handles');
    agent.signal('SIGTERM');
    expect(await agent.ended()).toBe(137);
    expect(agent.output).toContain('asked to end');
    expect(await entry()).toMatchObject({ state: 'TERMINATING' });
  });

  it('whose agent is killed keeps its lease, and no proof is claimed', async () => {
    const agent = run(`import os\nprint("child", os.getpid(), flush=True)\n${forever}`);
    await untilReady();
    await expect.poll(() => agent.output).toContain('child');
    const [, pid] = /child (\d+)/.exec(agent.output)!;
    expect(await status('/v1/users/ada/claim', 'POST')).toBe(200);
    await agent.kill();
    expect(await entry()).toMatchObject({ state: 'READY' });
    expect(await linkOf('ada')).toBe(0);
    process.kill(Number(pid), 'SIGKILL');
  });
});

it('tries to start again while the store is away, and ends when it is asked to', async () => {
  await redis.kill();
  const agent = start(['--socket', socket()]);
  await expect.poll(() => agent.output).toContain('trying again');
  expect(await status('/readyz')).toBe(503);
  await redis.restart();
  await untilReady();
  agent.signal('SIGTERM');
  expect(await agent.ended()).toBe(0);
});

it('frees no user whose save is under way when its time is over', async () => {
  const place = { namespace, serviceName: 'room', podId: 1, address: '127.0.0.1:2' };
  const other = createStatefulRoute({ ...place, executors, logger: silentLogger });
  await other.start();
  // Shorter than the time that the application has for a save.
  const config = JSON.stringify({
    ...(JSON.parse(CONFIG) as object),
    drainTimeoutMs: 1_500,
    userTimeoutMs: 6_000,
  });
  const agent = start(['--socket', socket(), '--config', config]);
  await untilReady();
  expect(await status('/v1/users/ada/claim', 'POST')).toBe(200);
  const application = connect(socket());
  let events = '';
  application.on('data', (chunk) => (events += String(chunk))).on('error', () => {});
  application.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await expect.poll(() => events).toContain('event: state');
  agent.signal('SIGTERM');
  expect(await agent.ended()).toBe(0);
  expect(events).toContain('event: handOff');
  expect(await linkOf('ada')).toBe(0);
  expect(await entry()).toMatchObject({ state: 'READY' });
  expect(agent.output).toContain('did not acknowledge all hand-offs');
  await other.stop();
});

it('ends while a subscriber hangs', async () => {
  const agent = start(['--socket', socket()]);
  await untilReady();
  const hanging = connect(socket());
  hanging.on('error', () => {});
  hanging.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(hanging, 'data');
  hanging.pause();
  agent.signal('SIGTERM');
  expect(await agent.ended()).toBe(0);
  hanging.destroy();
});
