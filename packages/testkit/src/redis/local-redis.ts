import { tmpdir } from 'node:os';
import { startLocalServer } from './local-server.ts';
import { HOST } from './loopback.ts';
import type { TestRedis } from './test-server.ts';

/** A `redis-server` on this machine, or the program at `REDIS_SERVER`, on a free port. It ends with this process. */
export async function localRedis(env: NodeJS.ProcessEnv): Promise<TestRedis> {
  const words = `--bind ${HOST} --appendonly no --daemonize no`.split(' ');
  const { port, process } = await startLocalServer({
    args: (port) => ['--port', String(port), ...words, '--save', '', '--dir', tmpdir()],
    env: { PATH: env['PATH'], REDIS_SERVER: env['REDIS_SERVER'] },
  });
  return { url: `redis://${HOST}:${port}`, host: HOST, port, kind: 'local', stop: () => process.kill() };
}
