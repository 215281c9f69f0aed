import { testRedis } from '@stateful-route/testkit/redis';

/**
 * Runs `use` with the environment that a README's program expects. A program that uses REDIS_URL gets an empty Redis of its own, as
 * its names could clash with existing data.
 */
export async function withReadmeEnvironment<T>(
  program: string,
  use: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  if (!program.includes('REDIS_URL')) return use({});
  const redis = await testRedis({ ...process.env, REDIS_URL: undefined });
  try {
    return await use({ REDIS_URL: redis.url });
  } finally {
    await redis.stop();
  }
}
