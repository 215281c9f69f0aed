import type { CallOptions } from '../domain/call-options.ts';
import type { Executors } from './executors.ts';
import type { ServerExecutor } from './server-executor.ts';
import type { StatefulExecutor } from './stateful-executor.ts';
import type { StateFeed } from './state-feed.ts';

/** The name of a port's method. */
export type PortMethod = keyof StatefulExecutor | keyof ServerExecutor | keyof StateFeed;

/** One call of a port, as a decorator sees it. */
export interface PortCall {
  readonly method: PortMethod;
  /** The positional arguments, without the options. */
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
  /** Makes the call, with these options. May be called again where a retry is safe. */
  readonly run: (options: CallOptions | undefined) => Promise<unknown>;
}

/** What stands around each call; it returns what the caller gets. */
export type AroundCall = (call: PortCall) => Promise<unknown>;

/** How many positional arguments a method takes; its options come after them. */
const positional = {
  setServiceState: 4,
  markServiceState: 4,
  getServiceState: 2,
  removeServiceState: 3,
  setWorkloadState: 3,
  getWorkloadState: 2,
  getWorkloadStateBatch: 2,
  setLinkedPod: 5,
  trySetLinkedPod: 5,
  setLinkedPodIfAbsent: 5,
  replaceLinkedPod: 6,
  getLinkedPod: 3,
  getLinkedPodIfPersist: 3,
  getLink: 3,
  batchGetLinkedPod: 3,
  batchGetLink: 3,
  removeLinkedPod: 3,
  removeLinkedPodWithId: 4,
  getLinkService: 2,
  enterRoster: 4,
  leaveRoster: 4,
  readRoster: 3,
  getServiceNameByTag: 2,
  setGlobalServiceNameTag: 3,
  removeServiceNameTag: 2,
  registerService: 2,
  listServices: 1,
  setPodIntent: 4,
  subscribe: 3,
  subscribePod: 4,
} as const satisfies Record<PortMethod, number>;

const statefulMethods = [
  'setServiceState',
  'markServiceState',
  'getServiceState',
  'removeServiceState',
  'setWorkloadState',
  'getWorkloadState',
  'getWorkloadStateBatch',
  'setLinkedPod',
  'trySetLinkedPod',
  'setLinkedPodIfAbsent',
  'replaceLinkedPod',
  'getLinkedPod',
  'getLinkedPodIfPersist',
  'getLink',
  'batchGetLinkedPod',
  'batchGetLink',
  'removeLinkedPod',
  'removeLinkedPodWithId',
  'getLinkService',
  'enterRoster',
  'leaveRoster',
  'readRoster',
] as const satisfies readonly (keyof StatefulExecutor)[];

const serverMethods = [
  'getServiceNameByTag',
  'setGlobalServiceNameTag',
  'removeServiceNameTag',
  'registerService',
  'listServices',
  'setPodIntent',
] as const satisfies readonly (keyof ServerExecutor)[];

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

function decorate<Port extends object>(
  inner: Port,
  methods: readonly PortMethod[],
  around: AroundCall,
): Port {
  const decorated = methods.map((method) => {
    const call = (inner as Record<string, AnyMethod>)[method]!.bind(inner);
    const at = positional[method];
    const wrapped: AnyMethod = (...args) => {
      let options: CallOptions | undefined;
      while (args.length > at) options = args.pop() as CallOptions | undefined;
      const run = (given: CallOptions | undefined): Promise<unknown> => call(...args, given);
      return around({ method, args, options, run });
    };
    return [method, wrapped] as const;
  });
  return Object.fromEntries(decorated) as Port;
}

/**
 * The same executors with something around each call: checks, counts, deadlines, faults, traces.
 *
 * @example
 * const counts = new Map<string, number>();
 * const counted = decorateExecutors(executors, (call) => {
 *   counts.set(call.method, (counts.get(call.method) ?? 0) + 1);
 *   return call.run(call.options);
 * });
 */
export function decorateExecutors(inner: Executors, around: AroundCall): Executors {
  return {
    stateful: decorate(inner.stateful, statefulMethods, around),
    server: decorate(inner.server, serverMethods, around),
    feed: decorate(inner.feed, ['subscribe', 'subscribePod'], around),
    close: () => inner.close(),
  };
}
