import type { PortMethod } from '@stateful-route/core/adapter';
import { report } from './pod-life.ts';
import type { Store } from './suite.ts';

/** What an argument is, by which it is checked. */
export type ArgumentKind =
  | 'namespace'
  | 'uid'
  | 'uids'
  | 'serviceName'
  | 'serviceNames'
  | 'tag'
  | 'podId'
  | 'from'
  | 'to'
  | 'persistSeconds'
  | 'temporarySeconds'
  | 'report'
  | 'workload'
  | 'intent'
  | 'word'
  | 'listener';

const service = ['namespace', 'serviceName'] as const;
const link = ['namespace', 'uid', 'serviceName'] as const;

/** Every method of the ports with the kinds of its arguments; its options come after them. */
export const portCalls: Readonly<Record<PortMethod, readonly ArgumentKind[]>> = {
  setServiceState: [...service, 'podId', 'report'],
  markServiceState: [...service, 'podId', 'word'],
  getServiceState: service,
  removeServiceState: [...service, 'podId'],
  setWorkloadState: [...service, 'workload'],
  getWorkloadState: service,
  getWorkloadStateBatch: ['namespace', 'serviceNames'],
  setLinkedPod: [...link, 'podId', 'persistSeconds'],
  trySetLinkedPod: [...link, 'podId', 'persistSeconds'],
  setLinkedPodIfAbsent: [...link, 'podId', 'persistSeconds'],
  replaceLinkedPod: [...link, 'from', 'to', 'temporarySeconds'],
  getLinkedPod: link,
  getLinkedPodIfPersist: link,
  getLink: link,
  batchGetLinkedPod: ['namespace', 'uids', 'serviceName'],
  batchGetLink: ['namespace', 'uids', 'serviceName'],
  removeLinkedPod: link,
  removeLinkedPodWithId: [...link, 'podId'],
  getLinkService: ['namespace', 'uid'],
  enterRoster: [...service, 'podId', 'uid'],
  leaveRoster: [...service, 'podId', 'uid'],
  readRoster: [...service, 'podId'],
  getServiceNameByTag: ['namespace', 'tag'],
  setGlobalServiceNameTag: ['namespace', 'tag', 'serviceName'],
  removeServiceNameTag: ['namespace', 'tag'],
  registerService: service,
  listServices: ['namespace'],
  setPodIntent: [...service, 'podId', 'intent'],
  subscribe: [...service, 'listener'],
  subscribePod: [...service, 'podId', 'listener'],
};

/** Every method's name. */
export const portMethods: readonly PortMethod[] = Object.keys(portCalls) as PortMethod[];

/** An argument that is accepted. */
export function goodArgument(kind: ArgumentKind, ns: string): unknown {
  const good: Readonly<Record<ArgumentKind, unknown>> = {
    namespace: ns,
    uid: 'ada',
    uids: ['ada'],
    serviceName: 'room',
    serviceNames: ['room'],
    tag: 'room:1',
    podId: 0,
    from: 0,
    to: 1,
    persistSeconds: 60,
    temporarySeconds: 60,
    report: report('a', 0),
    workload: { state: 'READY', replicas: 1, readyReplicas: 1 },
    intent: 'drain',
    word: 'NOT_READY',
    listener: () => {},
  };
  return good[kind];
}

/** Calls a method of whichever port has it. */
export function callPort(store: Store, method: PortMethod, args: readonly unknown[]): Promise<unknown> {
  const port = [store.stateful, store.server, store.feed].find((each) => method in each);
  return (port as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]!(...args);
}

/** The options that a method does not go without. */
const neededOptions: Partial<Record<PortMethod, object>> = {
  markServiceState: { incarnation: 'a', updateTime: 1 },
  enterRoster: { incarnation: 'a' },
  leaveRoster: { number: 1 },
};

/** Calls a method with accepted arguments and the options given, beside those it needs. */
export function callWell(store: Store, method: PortMethod, options?: unknown): Promise<unknown> {
  const needed = neededOptions[method];
  const isUsable = options === undefined || isPlainObject(options);
  return callPort(store, method, [
    ...portCalls[method].map((kind) => goodArgument(kind, store.ns)),
    needed && isUsable ? { ...needed, ...options } : options,
  ]);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
