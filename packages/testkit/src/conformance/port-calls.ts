import { type ArgumentKind, type PortMethod, portOperations } from '@stateful-route/core/adapter';
import { report } from './beating-pod.ts';
import type { Store } from './suite.ts';

/** Every method of the ports. */
export const portMethods: readonly PortMethod[] = Object.keys(portOperations) as PortMethod[];

/** A valid argument of a kind. */
export function goodArgument(kind: ArgumentKind, ns: string): unknown {
  const good: Readonly<Record<ArgumentKind, unknown>> = {
    namespace: ns,
    uid: 'ada',
    uids: ['ada'],
    serviceName: 'room',
    serviceNames: ['room'],
    tag: 'room:1',
    podId: 0,
    pin: 0,
    from: 0,
    to: 1,
    persistSeconds: 60,
    temporarySeconds: 60,
    report: report('a', 0),
    workload: { state: 'READY', replicas: 1, readyReplicas: 1 },
    intent: 'drain',
    frozen: true,
    callerId: 'gateway-1',
    ttlMs: 60_000,
    order: { id: 'one', kind: 'move', uid: 'ada', until: 2 ** 52, by: 'carol' },
    orderId: 'one',
    orderReport: { outcome: 'done', moved: 1 },
    event: { type: 'take-overs', podId: 0, users: 1 },
    word: 'NOT_READY',
    listener: () => {},
  };
  return good[kind];
}

/** Calls a method of its port. */
export function callPort(store: Store, method: PortMethod, args: readonly unknown[]): Promise<unknown> {
  const port: unknown = store[portOperations[method].port];
  return (port as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]!(...args);
}

/** The options that a method requires. */
const requiredOptions: Partial<Record<PortMethod, object>> = {
  markServiceState: { incarnation: 'a', updateTime: 1 },
  reportDead: { incarnation: 'a' },
  enterRoster: { incarnation: 'a' },
  leaveRoster: { number: 1 },
  takeOrder: { incarnation: 'a' },
};

/** Calls a method with valid arguments, and with these options beside those it requires. */
export function callWell(store: Store, method: PortMethod, options?: unknown): Promise<unknown> {
  const required = requiredOptions[method];
  const isUsable = options === undefined || isPlainObject(options);
  return callPort(store, method, [
    ...portOperations[method].args.map((kind) => goodArgument(kind, store.ns)),
    required && isUsable ? { ...required, ...options } : options,
  ]);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
