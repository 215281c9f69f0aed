import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type TestRedis, testRedis, uniqueNamespace } from '../../src/redis/index.ts';

const PATH = process.env['PATH'];
const open: (() => Promise<unknown>)[] = [];

function local(): Promise<TestRedis> {
  return testRedis({ PATH, TEST_REDIS: 'local' });
}

function client(url: string): Redis {
  const made = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  made.on('error', () => {});
  open.push(() => Promise.resolve(made.disconnect()));
  return made;
}

/** Another name for the machine's own server. */
async function linkToServer(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stateful-route-program-'));
  open.push(() => rm(folder, { recursive: true }));
  const program = join(folder, 'another-server');
  const found = PATH!.split(delimiter).map((at) => join(at, 'redis-server'));
  await symlink(
    found.find((at) => existsSync(at))!,
    program,
  );
  return program;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of open.splice(0).toReversed()) await close();
});

describe('testRedis', () => {
  it('starts a server that replies, and stops it', async () => {
    const redis = await local();
    expect(redis).toMatchObject({ kind: 'local', url: `redis://${redis.host}:${redis.port}` });
    await expect(client(redis.url).ping()).resolves.toBe('PONG');
    await redis.stop();
    await expect(client(redis.url).ping()).rejects.toThrow(/closed|ECONNREFUSED/);
  });

  it('starts any number of servers', async () => {
    const servers = await Promise.all([local(), local(), local()]);
    open.push(...servers.map((server) => () => server.stop()));
    expect(new Set(servers.map((server) => server.port)).size).toBe(3);
  });

  it('stops its server when the process that started it is killed', async () => {
    const module = new URL('../../src/redis/index.ts', import.meta.url).href;
    const script = `
      const { testRedis } = await import(${JSON.stringify(module)});
      console.log((await testRedis()).url);
      setInterval(() => {}, 1000);
    `;
    const flags = ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'];
    const parent = spawn(process.execPath, [...flags, '--input-type=module', '-e', script], {
      env: { PATH, TEST_REDIS: 'local' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
    const url = said.trim();
    await expect(client(url).ping()).resolves.toBe('PONG');
    parent.kill('SIGKILL');
    await expect
      .poll(() =>
        client(url)
          .ping()
          .catch(() => 'gone'),
      )
      .toBe('gone');
  });

  it('uses the server at REDIS_URL, and removes only its own keys', async () => {
    const server = await local();
    open.push(() => server.stop());
    const given = await testRedis({ PATH, REDIS_URL: server.url });
    expect(given).toMatchObject({ kind: 'url', url: server.url, port: server.port });
    const redis = client(server.url);
    await redis.mset(`sf:{${uniqueNamespace()}:lk:ada}room`, '0', 'sf:{game:lk:ada}room', '1', 'mine', '2');
    await given.stop();
    await expect(redis.keys('*').then((keys) => keys.toSorted())).resolves.toEqual([
      'mine',
      'sf:{game:lk:ada}room',
    ]);
  });

  it('starts the program that REDIS_SERVER names', async () => {
    const program = await linkToServer();
    const server = await testRedis({ PATH, REDIS_SERVER: program });
    open.push(() => server.stop());
    expect(server.kind).toBe('local');
    expect(await client(server.url).info('server')).toContain(`executable:${program}\r`);
  });

  it('never replaces the server at REDIS_URL', async () => {
    await expect(testRedis({ PATH, REDIS_URL: 'redis://127.0.0.1:1' })).rejects.toThrow(
      'REDIS_URL is set, but the server there does not answer',
    );
    await expect(testRedis({ PATH, REDIS_URL: 'localhost' })).rejects.toThrow('REDIS_URL is not a redis://');
  });

  it('explains how to get a server if there is none', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    await expect(testRedis({ PATH: '/nonexistent' })).rejects.toThrow(
      /^These tests need a Redis: set REDIS_URL=.*start Docker.*install redis-server.*$/,
    );
  });
});

describe('uniqueNamespace', () => {
  it('never makes the same one twice', () => {
    const made = Array.from({ length: 100 }, uniqueNamespace);
    expect(new Set(made).size).toBe(100);
  });
});
