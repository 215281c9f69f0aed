import { testRedis } from '@stateful-route/testkit/redis';
import { expect, it, onTestFinished } from 'vitest';
import type { EmptyProject } from '../src/empty-project.ts';
import { usersProject } from './support/users-project.ts';

/** A pod that a gateway finds, and the push of its first heartbeat, on one client. */
const program = (library: string): string => `
import { createRedisExecutors, safeRedisOptions } from '@stateful-route/adapter-redis';
import { createStatefulRoute } from '@stateful-route/driver';
import { Redis } from '${library}';

const client = new Redis(process.env.REDIS_URL, safeRedisOptions());
const executors = createRedisExecutors({ client });
const room = { executors, namespace: 'of-${library}', serviceName: 'room' };
const pod = createStatefulRoute({ ...room, podId: 0 });
const gateway = createStatefulRoute(room);
const reported = new Promise((resolve, reject) => {
  executors.feed.subscribe(room.namespace, 'room', resolve).then(() => pod.start()).catch(reject);
});
const { type, current } = await reported;
await gateway.start();
const { podId } = await gateway.service('room').locate('ada');
console.log(type, current.podId, podId, (await pod.server.claim('ada')).claimed);
await pod.server.release('ada');
await gateway.stop();
await pod.stop();
await executors.close();
await client.quit();
`;

async function runWith(project: EmptyProject, library: string): Promise<string> {
  const redis = await testRedis();
  onTestFinished(() => redis.stop());
  project.write('program.js', program(library));
  return project.run('node', ['program.js'], { REDIS_URL: redis.url });
}

const ours = ['adapter-redis', 'driver'] as const;
const peers = ['reflect-metadata', 'tsyringe'] as const;

it.each(['ioredis-5', 'ioredis-5.4', 'iovalkey'] as const)(
  'a client of %s works beside an ioredis 6 that is found from the adapter',
  async (library) => {
    const project = await usersProject(ours, [...peers, 'ioredis', library]);
    expect(await runWith(project, library)).toBe('state 0 0 true\n');
  },
);

// 5.4.0 has what the adapter needs, but writes to the console for each reply.
it('npm installs the adapter beside the first ioredis that is supported, and it works', async () => {
  const project = await usersProject(ours, peers, { dependencies: { ioredis: '5.4.1' } });
  expect(await runWith(project, 'ioredis')).toBe('state 0 0 true\n');
});
