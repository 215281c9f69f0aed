import { containerRedis } from './container-redis.ts';
import { localRedis } from './local-redis.ts';
import { urlRedis } from './url-redis.ts';

/** A Redis for tests. */
export interface TestRedis {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Where it came from: a server that was given, a container, or a process of this machine. */
  readonly kind: 'url' | 'container' | 'local';
  /** Ends what `testRedis` started, and waits for its end; a server that was given only loses this process's keys. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A real Redis: the server at `REDIS_URL` if that is set, else a container where a Docker daemon answers, else, or where
 * the container does not start, a `redis-server` of this machine on a free port. With none of them it rejects, saying how
 * to get one.
 *
 * `TEST_REDIS=container` or `TEST_REDIS=local` insists on one of the latter two. `REDIS_SERVER` names the program of the
 * third by its path, and insists on it where nothing else does.
 *
 * Tests keep to namespaces made by `uniqueNamespace`: the server may be someone's, with data in it.
 */
export async function testRedis(env: Environment = process.env): Promise<TestRedis> {
  const wanted = env['TEST_REDIS'] || (env['REDIS_SERVER'] && 'local');
  const url = env['REDIS_URL'];
  // A server that was asked for by its address is never replaced by another one.
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
