import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute } from '@stateful-route/driver';
import { Redis } from 'ioredis';
import { SERVICE } from '../fleet/fleet.ts';
import type { PodJournal } from '../room/pod-journal.ts';
import { RoomPod } from '../room/room-pod.ts';
import { machineTime } from '@stateful-route/lab/measure';
import { onParentMessage, sendToParent } from '@stateful-route/lab/process';
import type { FromPod, ToPod } from './messages.ts';
import { listenForRooms } from './pod-http.ts';
import { clientOptions } from './redis-connection.ts';

/*
 * A pod's process. It ends with the process that started it, whose end closes the channel between the two.
 */

const send = (message: FromPod): Promise<void> => sendToParent(message);

const journal: PodJournal = {
  opened: (uid, token) => send({ type: 'opened', uid, token, at: machineTime() }),
  closed: (uid, movesTo) => send({ type: 'closed', uid, at: machineTime(), movesTo }),
};

/** A user who cannot be let go now stays until that is tried again. */
const stays = (): void => {};

async function start({
  podId,
  redis,
  namespace,
  config,
  rebalance,
  idleSeconds,
}: ToPod & { type: 'start' }): Promise<() => Promise<void>> {
  const http = await listenForRooms();
  const executors = createRedisExecutors({ url: redis });
  // The observer has its own connection, and so reads the directory past the driver and its caches.
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
    rebalance: rebalance ?? false,
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
  const idle =
    idleSeconds === undefined
      ? undefined
      : setInterval(() => void pod.endIdle(idleSeconds).catch(stays), 1_000);
  return async () => {
    clearInterval(idle);
    // The run is over: there is no pod to hand the users to.
    await route.stop({ signal: AbortSignal.abort() });
    await http.close();
    await executors.close();
    await observer.close();
    observerClient.disconnect();
  };
}

let stop: (() => Promise<void>) | undefined;

async function handle(message: ToPod): Promise<void> {
  try {
    if (message.type === 'start') {
      stop = await start(message);
      await send({ type: 'ready' });
    } else {
      await stop?.();
      process.exit(0);
    }
  } catch (error) {
    await send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

// A terminal sends these to all processes. The parent decides when this one ends.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
onParentMessage(handle);
