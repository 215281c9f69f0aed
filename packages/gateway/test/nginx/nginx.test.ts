import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis, until } from '@stateful-route/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { GatewayProcess, NAMESPACE, PodProcess, ROOM } from '../program/programs.ts';

/** Debian has it where only root looks for programs. */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
const hasNginx = spawnSync('nginx', ['-v'], { env }).status === 0;
if (!hasNginx) {
  if (process.env['CI']) throw new Error('CI must have nginx: .ci/install installs it.');
  console.warn(
    '\n  SKIPPED: there is no nginx here. Install it (Debian: apt-get install nginx-light) to test with it.\n',
  );
}

describe.skipIf(!hasNginx)("nginx, with the gateway's auth_request target", () => {
  const endings: (() => unknown)[] = [];
  let redis: RedisServer;
  let pods: PodProcess[];
  let url: string;

  beforeAll(async () => {
    redis = await startRedis();
    endings.push(() => redis.stop());
    pods = await Promise.all([0, 1].map((podId) => PodProcess.start(redis.url, NAMESPACE, podId)));
    endings.push(() => Promise.all(pods.map((pod) => pod.kill())));
    const gateway = GatewayProcess.spawn([...ROOM, '--auth-request'], { REDIS_URL: redis.url });
    endings.push(() => gateway.kill());
    url = await startNginx((await gateway.listening()).admin);
  });
  afterAll(async () => {
    for (const end of endings.toReversed()) await end();
  });

  async function startNginx(gateway: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-nginx-'));
    endings.push(() => rmSync(folder, { recursive: true }));
    const listen = `127.0.0.1:${await freePort()}`;
    const text = readFileSync(new URL('nginx.conf', import.meta.url), 'utf8')
      .replaceAll('GATEWAY', new URL(gateway).host)
      .replaceAll('LISTEN', listen)
      .replaceAll('unix:', `unix:${folder}/`);
    const path = join(folder, 'nginx.conf');
    writeFileSync(path, text);
    // A master that runs as root gives its workers another user, who may not enter the folder.
    const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
    const nginx = spawn('nginx', ['-p', folder, '-c', path, ...user], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    nginx.stderr.setEncoding('utf8').on('data', (line: string) => {
      log += line;
    });
    endings.push(async () => {
      if (nginx.exitCode !== null) return;
      const closed = once(nginx, 'close');
      nginx.kill('SIGTERM');
      await closed;
    });
    await until('nginx listens', async () => {
      if (nginx.exitCode !== null) throw new Error(log);
      return (await fetch(`http://${listen}/`)).status === 404;
    });
    return `http://${listen}`;
  }

  async function send(path: string, options?: RequestInit) {
    const answer = await fetch(`${url}${path}`, options);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text };
  }
  const json = async (path: string, options?: RequestInit): Promise<Record<string, unknown>> => {
    const { status, text } = await send(path, options);
    expect(status).toBe(200);
    return JSON.parse(text) as Record<string, unknown>;
  };

  it('sends requests to the pod that has the user, with the uid', async () => {
    const first = await json('/rooms/ada%20%C3%A9?x');
    expect(first).toMatchObject({ uid: 'ada é', count: 1, path: '/rooms/ada%20%C3%A9?x' });
    const body = 'x'.repeat(300_000);
    const second = await json('/rooms/ada%20%C3%A9', {
      method: 'POST',
      body,
      headers: { 'stateful-route-uid': 'eve', 'stateful-route-not-mine': 'x', origin: 'https://eve.example' },
    });
    expect(second).toMatchObject({ podId: first['podId'], uid: 'ada é', count: 2, length: body.length });
  });

  it('sends upgrades there', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/rooms/bob`);
    socket.once('open', () => socket.send('hello'));
    const [text] = (await once(socket, 'message')) as [Buffer];
    expect(text.toString()).toMatch(/^[01] bob hello$/);
    socket.terminate();
  });

  it('answers 400 for a request that names nobody', async () => {
    expect((await send('/rooms/')).status).toBe(400);
  });

  it('finds a user who was handed to another pod, and sends a request with its body once to where it acts', async () => {
    const users = Array.from({ length: 20 }, (_, at) => `moved-${at}`);
    for (const uid of users) await json(`/rooms/${uid}`);
    const before = await Promise.all(users.map((uid) => json(`/rooms/${uid}`)));
    expect(new Set(before.map(({ podId }) => podId))).toEqual(new Set([0, 1]));
    // It answers 421 from now on, and the gateway still remembers it.
    await pods[0]!.empty();
    for (const [at, uid] of users.entries()) {
      const after = await json(`/rooms/${uid}`, { method: 'POST', body: 'x'.repeat(100) });
      const stayed = before[at]!['podId'] === 1;
      expect(after).toMatchObject({ podId: 1, uid, count: stayed ? 3 : 1, length: 100 });
    }
  });

  it('answers 503 with Retry-After while no pod can be named', async () => {
    await Promise.all(pods.map((pod) => pod.drain()));
    const { status, headers } = await send('/rooms/nobody');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('is configured as docs/gateway.md shows it', () => {
  const page = readFileSync(new URL('../../../../docs/gateway.md', import.meta.url), 'utf8');
  const [, shown = ''] = /```nginx\n(.*?)```/s.exec(page) ?? [];
  const tested = readFileSync(new URL('nginx.conf', import.meta.url), 'utf8').replaceAll(/^ {2}/gm, '');
  expect(shown).not.toBe('');
  expect(tested).toContain(shown);
});
