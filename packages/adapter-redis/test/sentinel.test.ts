import { once } from 'node:events';
import { describeExecutors } from '@stateful-route/testkit/conformance';
import { type SentinelTopology, startSentinel } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { rawWrites } from './support/raw-writes.ts';

let topology: SentinelTopology;
/** Writes past the executors. */
let client: Redis;

beforeAll(async () => {
  // No failover: a busy machine may pause the master for seconds.
  topology = await startSentinel({ downAfterMs: 60_000 });
  client = clientOf(topology);
}, 60_000);
afterAll(async () => {
  client.disconnect();
  await topology.stop();
});

function clientOf({ sentinels, name }: SentinelTopology, options: object = {}): Redis {
  const made = new Redis(safeRedisOptions({ sentinels: [...sentinels], name, ...options }));
  made.on('error', () => {});
  return made;
}

describeExecutors(
  // Each test has its own namespace, so all can run at once.
  { describe, it: it.concurrent, expect },
  {
    name: 'redis, behind Sentinels',
    capabilities: { clock: 'real', rawWrites: true, restarts: true },
    create: () => {
      const name = uniqueNamespace();
      const own = clientOf(topology, { connectionName: name });
      const ownExecutors = createRedisExecutors({ client: own });
      return {
        executors: ownExecutors,
        raw: rawWrites(client),
        restart: async () => {
          // The client's connection and the feed's, which has its name too.
          const lines = String(await client.client('LIST')).split('\n');
          for (const line of lines.filter((each) => each.includes(` name=${name}`)))
            await client.client('KILL', 'ID', /id=(\d+)/.exec(line)![1]!);
          await vi.waitFor(() => ownExecutors.server.listServices('any'), { timeout: 10_000 });
        },
        close: async () => {
          await ownExecutors.close();
          own.disconnect();
        },
      };
    },
  },
);

describe('a client that is notified of a failover while it looks up the master', () => {
  it('reconnects, though ioredis has given up', async () => {
    const looking = clientOf(topology);
    const executors = createRedisExecutors({ client: looking });
    const ended = vi.fn<() => void>();
    looking.once('end', ended);
    // ioredis does this when a Sentinel announces a failover.
    looking.disconnect(true);
    await expect.poll(() => executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    expect(ended).toHaveBeenCalled();
    await executors.close();
    looking.disconnect();
  });

  it('stays closed when the application closes it', async () => {
    const looking = clientOf(topology);
    const executors = createRedisExecutors({ client: looking });
    const ended = once(looking, 'end');
    looking.disconnect();
    await ended;
    await new Promise((resolve) => setImmediate(resolve));
    expect(looking.status).toBe('end');
    await executors.close();
  });
});
