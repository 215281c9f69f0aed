import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute } from '@stateful-route/driver';
import { Redis } from 'ioredis';
import { SERVICE } from '../fleet/fleet.ts';
import type { PodJournal } from '../room/pod-journal.ts';
import { RoomPod } from '../room/room-pod.ts';
import { machineTime } from '@stateful-route/lab/measure';
import { obeyParent, tellParent } from '@stateful-route/lab/process';
import type { FromPod, ToPod } from './messages.ts';
import { listenForRooms } from './pod-http.ts';
import { clientOptions } from './redis-connection.ts';

/*
 * A pod's process. It lives as long as the process that started it: whatever becomes of that one, its end closes the
 * channel between the two, and nothing is left behind.
 */

const tell = (message: FromPod): Promise<void> => tellParent(message);

const journal: PodJournal = {
  opened: (uid, token) => tell({ type: 'opened', uid, token, at: machineTime() }),
  closed: (uid, movesTo) => tell({ type: 'closed', uid, at: machineTime(), movesTo }),
};

async function start({
  podId,
  redis,
  namespace,
  config,
}: ToPod & { type: 'start' }): Promise<() => Promise<void>> {
  const http = await listenForRooms();
  const executors = createRedisExecutors({ url: redis });
  // The observer's own connection, and its own store calls, past the driver and whatever that remembers.
  const observerClient = new Redis(redis, clientOptions());
  observerClient.on('error', () => {});
  await observerClient.connect();
  const observer = createRedisExecutors({ client: observerClient });
  const route = createStatefulRoute({
    executors,
    namespace,
    serviceName: SERVICE,
    podId,
    address: http.address,
    config,
    drain: { onHandOff: (user) => pod.handOver(user.uid, user.podId) },
  });
  const pod: RoomPod = new RoomPod({
    podId,
    driver: route.server,
    journal,
    ownerOf: (uid) => observer.stateful.getLinkedPodIfPersist(namespace, uid, SERVICE),
  });
  http.serve(pod);
  await route.start();
  return async () => {
    // The run is over: nobody is left to hand the users to.
    await route.stop({ signal: AbortSignal.abort() });
    await http.close();
    await executors.close();
    await observer.close();
    observerClient.disconnect();
  };
}

let stop: (() => Promise<void>) | undefined;

async function heed(message: ToPod): Promise<void> {
  try {
    if (message.type === 'start') {
      stop = await start(message);
      await tell({ type: 'ready' });
    } else {
      await stop?.();
      process.exit(0);
    }
  } catch (error) {
    await tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

// A terminal sends these to all processes; the one that started this pod decides when it ends.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
obeyParent(heed);
