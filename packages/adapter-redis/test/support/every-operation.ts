import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import type { PortMethod } from '@stateful-route/core/adapter';
import { report } from './redis-fixture.ts';

type Call = (executors: Executors, ns: string) => Promise<unknown>;

/** One call of each operation of the ports, in an order in which each succeeds. The compiler misses none. */
const calls: Readonly<Record<PortMethod, Call>> = {
  registerService: ({ server }, ns) => server.registerService(ns, 'room'),
  listServices: ({ server }, ns) => server.listServices(ns),
  subscribe: ({ feed }, ns) => feed.subscribe(ns, 'room', () => {}),
  subscribePod: ({ feed }, ns) => feed.subscribePod(ns, 'room', 1, () => {}),
  setServiceState: ({ stateful }, ns) => stateful.setServiceState(ns, 'room', 1, report('a', 0)),
  setPodIntent: ({ server }, ns) => server.setPodIntent(ns, 'room', 1, 'drain'),
  getPodIntents: ({ server }, ns) => server.getPodIntents(ns, 'room'),
  setFrozen: async ({ server }, ns) => {
    await server.setFrozen(ns, 'room', true);
    return server.setFrozen(ns, 'room', false);
  },
  quarantineUser: ({ server }, ns) => server.quarantineUser(ns, 'room', 'ada', 60_000),
  unquarantineUser: ({ server }, ns) => server.unquarantineUser(ns, 'room', 'ada'),
  announceCaller: ({ server }, ns) => server.announceCaller(ns, 'room', 'gateway-1', 60_000),
  giveOrder: async ({ server }, ns) => {
    const order = { kind: 'move', uid: 'ada', by: 'carol' } as const;
    // The next one ends it, as its time is over.
    await server.giveOrder(ns, 'room', 1, { ...order, id: 'late', until: 0 });
    return server.giveOrder(ns, 'room', 1, { ...order, id: 'one', until: 2 ** 52 });
  },
  takeOrder: ({ server }, ns) => server.takeOrder(ns, 'room', 1, 'one', { incarnation: 'a' }),
  orderDone: ({ server }, ns) => server.orderDone(ns, 'room', 1, 'one', { outcome: 'done', moved: 1 }),
  writeJournal: ({ server }, ns) =>
    server.writeJournal(ns, 'room', { type: 'kicked', podId: 1, uid: 'ada', by: 'carol' }),
  readJournal: async ({ server }, ns) => {
    const { after } = await server.readJournal(ns, 'room');
    return server.readJournal(ns, 'room', { after });
  },
  getServiceState: ({ stateful }, ns) => stateful.getServiceState(ns, 'room'),
  markServiceState: ({ stateful }, ns) =>
    stateful.markServiceState(ns, 'room', 1, 'NOT_READY', { incarnation: 'a', updateTime: 1 }),
  reportDead: ({ stateful }, ns) => stateful.reportDead(ns, 'room', 3, { incarnation: 'a' }),
  setWorkloadState: ({ stateful }, ns) =>
    stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 1, readyReplicas: 1 }),
  getWorkloadState: ({ stateful }, ns) => stateful.getWorkloadState(ns, 'room'),
  getWorkloadStateBatch: ({ stateful }, ns) => stateful.getWorkloadStateBatch(ns, ['room', 'lobby']),
  enterRoster: ({ stateful }, ns) => stateful.enterRoster(ns, 'room', 1, 'ada', { incarnation: 'a' }),
  readRoster: ({ stateful }, ns) => stateful.readRoster(ns, 'room', 1),
  leaveRoster: ({ stateful }, ns) => stateful.leaveRoster(ns, 'room', 1, 'ada', { number: 1 }),
  endQuarantine: ({ stateful }, ns) => stateful.endQuarantine(ns, 'ada', 'room'),
  setPin: async ({ stateful }, ns) => {
    await stateful.setPin(ns, 'ada', 'room', 1);
    return stateful.setPin(ns, 'ada', 'room', undefined);
  },
  setLinkedPodIfAbsent: ({ stateful }, ns) => stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60),
  replaceLinkedPod: ({ stateful }, ns) =>
    stateful.replaceLinkedPod(ns, 'ada', 'room', 1, 2, 60, { onlyIfTemporary: true }),
  trySetLinkedPod: ({ stateful }, ns) =>
    stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER, { incarnation: 'a' }),
  getLinkedPod: ({ stateful }, ns) => stateful.getLinkedPod(ns, 'ada', 'room'),
  getLinkedPodIfPersist: ({ stateful }, ns) => stateful.getLinkedPodIfPersist(ns, 'ada', 'room'),
  getLink: ({ stateful }, ns) => stateful.getLink(ns, 'ada', 'room'),
  batchGetLinkedPod: ({ stateful }, ns) => stateful.batchGetLinkedPod(ns, ['ada', 'bob'], 'room'),
  batchGetLink: ({ stateful }, ns) => stateful.batchGetLink(ns, ['ada', 'bob'], 'room'),
  getLinkService: ({ stateful }, ns) => stateful.getLinkService(ns, 'ada'),
  setLinkedPod: ({ stateful }, ns) => stateful.setLinkedPod(ns, 'ada', 'room', 2, PERSIST_FOREVER),
  removeLinkedPodWithId: ({ stateful }, ns) =>
    stateful.removeLinkedPodWithId(ns, 'ada', 'room', 2, { keepSeconds: 60 }),
  removeLinkedPod: ({ stateful }, ns) => stateful.removeLinkedPod(ns, 'ada', 'room'),
  removeServiceState: ({ stateful }, ns) => stateful.removeServiceState(ns, 'room', 1),
  setGlobalServiceNameTag: ({ server }, ns) => server.setGlobalServiceNameTag(ns, 'room:1', 'room'),
  getServiceNameByTag: ({ server }, ns) => server.getServiceNameByTag(ns, 'room:1'),
  removeServiceNameTag: ({ server }, ns) => server.removeServiceNameTag(ns, 'room:1'),
};

/** Calls every operation once, one after the other; what each call rejected with, by operation. */
export async function everyOperation(executors: Executors, ns: string): Promise<Record<string, unknown>> {
  const failures: Record<string, unknown> = {};
  for (const [operation, call] of Object.entries(calls)) {
    await call(executors, ns).catch((error: unknown) => {
      failures[operation] = error;
    });
  }
  return failures;
}

/** The name of every operation. */
export const operations: readonly string[] = Object.keys(calls);
