import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { redisGuard } from './redis-guard.ts';
import type { TestRedis } from './test-redis.ts';

const HOST = '127.0.0.1';
const TRIES = 3;

type Environment = Readonly<Record<string, string | undefined>>;

/** A `redis-server` of this machine, on a free port; it ends with this process, however that ends. */
export async function localRedis(env: Environment): Promise<TestRedis> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return await start(port, env);
    } catch (error) {
      // Another process may have taken the port in between.
      if (attempt === TRIES) throw error;
    }
  }
}

async function start(port: number, env: Environment): Promise<TestRedis> {
  const options = { port, bind: HOST, save: '', appendonly: 'no', daemonize: 'no', dir: tmpdir() };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const guard = spawn(process.execPath, ['-e', redisGuard, '--', ...args], {
    env: { PATH: env['PATH'] },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    guard.once('close', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const hear = (text: string): void => {
      said += text;
      if (said.includes('Ready to accept connections')) resolve();
    };
    guard.stdout.setEncoding('utf8').on('data', hear);
    guard.stderr.setEncoding('utf8').on('data', hear);
    guard.once('error', reject);
    void ended.then(() => reject(new Error(`redis-server did not start: ${said.trim()}`)));
  });
  const handles = [guard, guard.stdin, guard.stdout, guard.stderr] as unknown as Handle[];
  for (const handle of handles) handle.unref();
  return {
    url: `redis://${HOST}:${port}`,
    host: HOST,
    port,
    kind: 'local',
    stop: async () => {
      for (const handle of handles) handle.ref();
      guard.stdin.end();
      await ended;
    },
  };
}

/** What a child process and the sockets to it have in common: whether they keep this process alive. */
interface Handle {
  ref(): void;
  unref(): void;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}
