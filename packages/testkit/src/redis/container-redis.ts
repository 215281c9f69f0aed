import type { TestRedis } from './test-server.ts';

const IMAGE = 'redis:7';
const PORT = 6379;

/** A Redis in a container; `undefined` if no Docker daemon replies. */
export async function containerRedis(): Promise<TestRedis | undefined> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  const container = await new GenericContainer(IMAGE)
    .withCommand(['redis-server', '--protected-mode', 'no', '--save', '', '--appendonly', 'no'])
    .withExposedPorts(PORT)
    // By its log line, as an image may have no shell to check the port.
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .start();
  const host = container.getHost();
  const port = container.getMappedPort(PORT);
  return {
    url: `redis://${host}:${port}`,
    host,
    port,
    kind: 'container',
    stop: async () => {
      await container.stop();
    },
  };
}
