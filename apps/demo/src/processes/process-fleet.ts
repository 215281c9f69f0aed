import { randomBytes } from 'node:crypto';
import { createRedisExecutors, openRedisStore } from '@stateful-route/adapter-redis';
import { Endings } from '@stateful-route/lab/redis';
import {
  type Fleet,
  fleetConfig,
  type FleetOptions,
  IDLE_SECONDS,
  PATIENCE_LEASES,
  REAL_RETRY_AFTER_MS,
  REAL_TIMES,
  SERVICE,
} from '../fleet/fleet.ts';
import { RoundTrips } from '../gateway/round-trips.ts';
import { machineTime } from '@stateful-route/lab/measure';
import { guideTo } from './guide.ts';
import { PodProcess } from './pod-process.ts';
import { connectRedis, hostOf, removeNamespace } from './redis-connection.ts';
import { startGateway } from './start-gateway.ts';

const LEASE_MS = REAL_TIMES.leaseSeconds * 1_000;

/** Options of a fleet of processes. */
export interface ProcessFleetOptions {
  readonly redis: string;
  readonly signal: AbortSignal;
  readonly warn: (line: string) => void;
}

/** Pods in processes of their own, gateways in this process that call them over HTTP, a directory in Redis, real time. */
export async function startProcessFleet(options: FleetOptions, on: ProcessFleetOptions): Promise<Fleet> {
  const endings = new Endings();
  try {
    return await start(options, on, endings);
  } catch (error) {
    await endings.run();
    throw error;
  }
}

async function start(
  {
    pods: podCount,
    gateways: gatewayCount,
    strategy,
    seed,
    journal,
    rebalance,
    isLive = false,
  }: FleetOptions,
  { redis, signal, warn }: ProcessFleetOptions,
  endings: Endings,
): Promise<Fleet> {
  const operator = await connectRedis(redis);
  endings.add(async () => operator.disconnect());
  const namespace = `demo-${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`;
  endings.add(() => removeNamespace(operator, namespace));
  const { server } = createRedisExecutors({ client: operator });
  const idleSeconds = isLive ? IDLE_SECONDS : undefined;
  const config = fleetConfig(REAL_TIMES, gatewayCount);

  const pods: PodProcess[] = [];
  endings.add(() => Promise.all(pods.map((pod) => pod.stop())));
  const addPods = async (count: number): Promise<void> => {
    const added = Array.from({ length: count }, (_, at) => new PodProcess(pods.length + at, journal, warn));
    pods.push(...added);
    const started = added.map((pod) => pod.start({ redis, namespace, config, rebalance, idleSeconds }));
    await unlessAborted(
      Promise.all(started).then(() => {}),
      signal,
    );
  };
  await addPods(podCount);

  const trips = new RoundTrips();
  const gateways = [];
  for (let index = 0; index < gatewayCount; index++) {
    const gateway = {
      redis,
      namespace,
      config,
      strategy,
      seed: seed + index,
      trips,
      retryAfterMs: REAL_RETRY_AFTER_MS,
      patienceMs: PATIENCE_LEASES * LEASE_MS,
    };
    gateways.push(await startGateway(gateway, endings));
  }

  const begun = machineTime();
  return {
    gateways,
    trips,
    description: `with every pod a process, linked in the Redis at ${hostOf(redis)} under ${namespace}`,
    guide: guideTo({ redis, namespace, processes: pods.map(({ pid }) => pid) }),
    namespace,
    openDirectory: () => openRedisStore({ url: redis }),
    leaseMs: LEASE_MS,
    arrive: () => Promise.resolve(),
    pass: async (until) => {
      await until;
    },
    timeLabel: () => `${((machineTime() - begun) / 1_000).toFixed(3).padStart(7)} s`,
    drain: (podId) => server.setPodIntent(namespace, SERVICE, podId, 'drain'),
    kill: (podId) => pods[podId]!.kill(),
    addPods,
    close: () => endings.run(),
  };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
