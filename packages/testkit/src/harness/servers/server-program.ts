type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The program that every server of the tests is: a standalone one, a Sentinel, a node of a Cluster. `REDIS_SERVER` names
 * another one by its path. Default: the `redis-server` on the `PATH`.
 */
export function serverProgram(env: Environment = process.env): string {
  return env['REDIS_SERVER'] || 'redis-server';
}
