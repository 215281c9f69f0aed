import { containerRedis } from './container-redis.ts';
import { localRedis } from './local-redis.ts';
import type { TestRedis } from './test-server.ts';
import { urlRedis } from './url-redis.ts';

/**
 * A real Redis, the first of these that works: the server at `REDIS_URL`, if that is set; a container, if a Docker daemon
 * replies; a `redis-server` on this machine, on a free port. With none it rejects, and the error says how to get one.
 *
 * `TEST_REDIS=container` or `TEST_REDIS=local` allows only one of the last two. `REDIS_SERVER` is the path of the program in
 * place of `redis-server`; unless one of the other variables is set, only that program is used.
 *
 * Use namespaces made by `uniqueNamespace`: the server may have other data.
 */
export async function testRedis(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<TestRedis> {
  const wanted = env['TEST_REDIS'] || (env['REDIS_SERVER'] && 'local');
  const url = env['REDIS_URL'];
  // A server given by its address is never replaced by another one.
  if (url && !env['TEST_REDIS']) return urlRedis(url);

  const failures: unknown[] = [];
  const sources = [
    ...(wanted === 'local' ? [] : [containerRedis]),
    ...(wanted === 'container' ? [] : [() => localRedis(env)]),
  ];
  for (const source of sources) {
    try {
      const found = await source();
      if (found) {
        for (const failure of failures)
          process.emitWarning(`The tests use another Redis: ${String(failure)}`);
        return found;
      }
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error(
    'These tests need a Redis: set REDIS_URL=redis://host:port, start Docker, or install redis-server (apt-get install redis-server, brew install redis).',
    { cause: new AggregateError(failures, failures.map(String).join('; ')) },
  );
}
