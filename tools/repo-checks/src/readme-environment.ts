import { testRedis } from '@stateful-route/testkit/redis';

/**
 * Runs `use` with the environment that a README's program expects. A program that names REDIS_URL gets an empty
 * Redis of its own: it uses names of its reader's taste, not such as would keep out of the way of someone's data.
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
