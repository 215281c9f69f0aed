import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const BIN = new URL('../src/bin.ts', import.meta.url).pathname;
const FROM_SOURCE = ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'];
const TOKEN = 'a-token-that-is-long-enough';

let redis: string;
let stopRedis: () => Promise<void>;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'console-'));
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
  ({ url: redis, stop: stopRedis } = await startRedis());
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stopRedis();
});

const running = new Set<ReturnType<typeof spawn>>();
afterEach(async () => {
  for (const child of running) {
    child.kill();
    await once(child, 'exit');
  }
  running.clear();
});

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program to its end. */
async function run(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [...FROM_SOURCE, BIN, ...args], {
    env: { PATH: process.env['PATH'] },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += String(text)));
  child.stderr.on('data', (text) => (err += String(text)));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out, err };
}

/** Starts the program. Resolves with its address when it listens. */
async function start(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ url: string; out: () => string }> {
  const all = ['-n', 'game', '--redis', redis, '--port', '0', '--as', 'carol', ...args];
  const child = spawn(process.execPath, [...FROM_SOURCE, BIN, ...all], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let out = '';
  child.stderr.on('data', (text) => (out += String(text)));
  for await (const text of child.stdout) {
    out += String(text);
    const [, url] = /(http:\/\/\S+)\//.exec(out) ?? [];
    if (url !== undefined) return { url, out: () => out };
  }
  throw new Error(`the program has ended: ${out}`);
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('on this machine', () => {
  it('serves the page and the API, and only looks', async () => {
    const { url, out } = await start([]);
    expect(out()).toMatch(
      /^The console of game at 127\.0\.0\.1:\d+: http:\/\/127\.0\.0\.1:\d+\/\nIt only looks\.\n$/,
    );
    expect((await fetch(`${url}/`)).headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await (await fetch(`${url}/api/v1/console`)).json()).toEqual({
      namespace: 'game',
      services: [],
      who: 'carol',
      mayAct: false,
    });
  });

  it('asks for a token where there is one, and takes it as a header alone', async () => {
    const { url, out } = await start(['--enable-actions'], { STATEFUL_ROUTE_CONSOLE_TOKEN: TOKEN });
    const refused = [
      await fetch(`${url}/api/v1/console`),
      await fetch(`${url}/api/v1/console`, { headers: bearer('another-token-of-some-length') }),
      await fetch(`${url}/api/v1/console?token=${TOKEN}&access_token=${TOKEN}`),
      await fetch(`${url}/api/v1/console`, { headers: { cookie: `token=${TOKEN}` } }),
      await fetch(`${url}/api/v1/events?service=room`),
    ];
    for (const { status, headers } of refused) {
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
    const answer = await fetch(`${url}/api/v1/console`, { headers: bearer(TOKEN) });
    expect(await answer.json()).toMatchObject({ who: 'carol', mayAct: true });
    expect(answer.headers.get('set-cookie')).toBeNull();
    // The page itself holds nothing: it asks for the token.
    expect((await fetch(`${url}/`)).status).toBe(200);
    expect(out()).not.toContain(TOKEN);
  });
});

it.each<[string, readonly string[], RegExp]>([
  ['no namespace', [], /^error: --namespace: must be given/],
  ['no Redis', ['-n', 'game'], /^error: the store \(--redis, REDIS_URL\): /],
  [
    'all of the network, and no token',
    ['-n', 'game', '--host', '0.0.0.0', '--allow-hosts', 'a.test'],
    /^error: --token-file: must be given/,
  ],
  [
    'all of the network, and no host',
    ['-n', 'game', '--host', '0.0.0.0', '--token-file', '{token}'],
    /^error: --allow-hosts: must be given/,
  ],
  [
    'a file that is not there',
    ['-n', 'game', '--token-file', '/nowhere'],
    /^error: --token-file: cannot be read \(ENOENT\)/,
  ],
  ['a port that is none', ['-n', 'game', '--port', '70000'], /^error: option .*port/],
])('ends with status 2 for %s', async (_, args, problem) => {
  const given = args.map((arg) => arg.replace('{token}', join(folder, 'token')));
  expect(await run(...given)).toMatchObject({ status: 2, out: '', err: expect.stringMatching(problem) });
});

it('shows its help', async () => {
  const { status, out } = await run('--help');
  expect(status).toBe(0);
  for (const option of ['--redis', '--token-file', '--allow-hosts', '--enable-actions', '--as']) {
    expect(out).toContain(option);
  }
});
