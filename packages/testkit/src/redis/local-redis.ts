import { tmpdir } from 'node:os';
import { startGuarded } from '../harness/servers/guarded-process.ts';
import { freePort, HOST } from '../harness/servers/loopback.ts';
import { serverProgram } from '../harness/servers/server-program.ts';
import type { TestRedis } from './test-redis.ts';

const TRIES = 3;

type Environment = Readonly<Record<string, string | undefined>>;

/** A `redis-server` of this machine, or what `REDIS_SERVER` names, on a free port; it ends with this process, however that ends. */
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
  const server = await startGuarded(serverProgram(env), args, /Ready to accept connections/, {
    PATH: env['PATH'],
  });
  return { url: `redis://${HOST}:${port}`, host: HOST, port, kind: 'local', stop: () => server.kill() };
}
