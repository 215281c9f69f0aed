import { type Executors, isRouteError, PERSIST_FOREVER } from '@stateful-route/core';
import type { PodReport } from '@stateful-route/core/adapter';
import type { RedisServer } from '@stateful-route/harness';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const NS = 'game';
const UID = 'ada';

/** All keys of the schema. */
const KEYS: readonly string[] = [
  `sf:{${NS}:lk:${UID}}${SERVICE}`,
  `sf:{${NS}:lk:${UID}}`,
  `sf:{${NS}:lk:${UID}}:token`,
  `sf:{${NS}:state:${SERVICE}}`,
  `sf:{${NS}:state:${SERVICE}}:info`,
  `sf:{${NS}:state:${SERVICE}}:intent`,
  `sf:{${NS}:workload:${SERVICE}}`,
  `sf:{${NS}:workload:${SERVICE}}:info`,
  `sf:{${NS}:tag:lobby}`,
  `sf:{${NS}:services}`,
];

type Client = RedisServer['client'];

/** The garbage: wrong types, and invalid values of the right type. */
const plants: readonly ((client: Client, key: string) => Promise<unknown>)[] = [
  (client, key) => client.rpush(key, 'a', 'b'),
  (client, key) => client.sadd(key, 'a'),
  (client, key) => client.set(key, '{"not": a pod'),
  (client, key) => client.set(key, '-1'),
  (client, key) =>
    client.hset(key, { [SERVICE]: 'x:y', '0': '{"seq":"no"}', '@since': 'never', '@events': '-1' }),
  (client, key) => client.hset(key, { [SERVICE]: '9'.repeat(400), '0': '[1,2' }),
];

const beat = (seq: number): PodReport => ({
  state: 'READY',
  routingState: 'READY',
  loadState: 1,
  incarnation: 'one',
  seq,
  beatenBefore: seq > 0,
  leaseMs: 5_000,
  updatePeriodMs: 1_000,
});

/** Every operation once. */
function operations({ stateful, server, feed }: Executors): readonly (() => Promise<unknown>)[] {
  return [
    () => stateful.setServiceState(NS, SERVICE, 0, beat(0)),
    () => stateful.setServiceState(NS, SERVICE, 0, beat(7)),
    () => stateful.markServiceState(NS, SERVICE, 0, 'NOT_READY', { incarnation: 'one', updateTime: 1 }),
    () => stateful.getServiceState(NS, SERVICE),
    () => stateful.removeServiceState(NS, SERVICE, 0, { incarnation: 'one' }),
    () => stateful.setWorkloadState(NS, SERVICE, { state: 'READY', replicas: 1, readyReplicas: 1 }),
    () => stateful.getWorkloadState(NS, SERVICE),
    () => stateful.getWorkloadStateBatch(NS, [SERVICE]),
    () => stateful.setLinkedPod(NS, UID, SERVICE, 2, PERSIST_FOREVER),
    () => stateful.trySetLinkedPod(NS, UID, SERVICE, 2, PERSIST_FOREVER, { incarnation: 'one' }),
    () =>
      stateful.trySetLinkedPod(NS, UID, SERVICE, 2, PERSIST_FOREVER, { incarnation: 'one', assertToken: 5 }),
    () => stateful.setLinkedPodIfAbsent(NS, UID, SERVICE, 2, 60),
    () => stateful.replaceLinkedPod(NS, UID, SERVICE, 1, 2, 60, { ifToken: 5 }),
    () => stateful.getLink(NS, UID, SERVICE),
    () => stateful.getLinkedPod(NS, UID, SERVICE),
    () => stateful.getLinkedPodIfPersist(NS, UID, SERVICE),
    () => stateful.batchGetLink(NS, [UID, 'bob'], SERVICE),
    () => stateful.batchGetLinkedPod(NS, [UID, 'bob'], SERVICE),
    () => stateful.removeLinkedPodWithId(NS, UID, SERVICE, 1, { token: 5 }),
    () => stateful.removeLinkedPod(NS, UID, SERVICE, { keepSeconds: 30 }),
    () => stateful.getLinkService(NS, UID),
    () => server.getServiceNameByTag(NS, 'lobby'),
    () => server.setGlobalServiceNameTag(NS, 'lobby', SERVICE),
    () => server.removeServiceNameTag(NS, 'lobby'),
    () => server.registerService(NS, SERVICE),
    () => server.listServices(NS),
    () => server.setPodIntent(NS, SERVICE, 0, 'drain'),
    async () => (await feed.subscribe(NS, SERVICE, () => {}))(),
  ];
}

export const garbage = scenario({
  name: 'garbage',
  rows: {
    untyped: { shown: 'errors without a type, with garbage under any key', bound: 0, unit: 'errors' },
    partial: { shown: 'failed operations that wrote something', bound: 0, unit: 'writes' },
  },
  run: ({ say }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const executors = lab.executors({ url: server.url });
      let untyped = 0;
      let partial = 0;
      let refused = 0;
      for (const key of KEYS) {
        for (const plant of plants) {
          for (const operation of operations(executors)) {
            await server.client.flushall();
            await executors.stateful.trySetLinkedPod(NS, UID, SERVICE, 1, PERSIST_FOREVER, {
              incarnation: 'one',
            });
            await executors.stateful.setServiceState(NS, SERVICE, 0, beat(0));
            await server.client.del(key);
            await plant(server.client, key);
            const before = await dump(server.client);
            const { error } = await timed(operation);
            if (error === undefined) continue;
            refused += 1;
            if (!isRouteError(error) || error.code === 'INTERNAL_ERROR') untyped += 1;
            if ((await dump(server.client)) !== before) partial += 1;
          }
        }
      }
      say(`${refused} operations were refused`);
      return { untyped, partial };
    }),
});

/** All data of the server, without times to live. */
async function dump(client: Client): Promise<string> {
  const keys = (await client.keys('*')).toSorted();
  const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return keys.map((key, at) => `${key}=${values[at]?.toString('base64')}`).join('\n');
}
