import type { ArgumentKind } from '../arguments/argument-checks.ts';
import type { Check } from '../arguments/checks.ts';
import {
  checkBatchGetLinkOptions,
  checkByOptions,
  checkEnterRosterOptions,
  checkLeaveRosterOptions,
  checkMarkStateOptions,
  checkPlaceOptions,
  checkReadJournalOptions,
  checkReadRosterOptions,
  checkRemoveOptions,
  checkRemoveStateOptions,
  checkRemoveWithIdOptions,
  checkReplaceOptions,
  checkReportDeadOptions,
  checkSetIntentOptions,
  checkSetOptions,
  checkTakeOrderOptions,
  checkTrySetOptions,
} from '../arguments/options.ts';
import { checkCallOptions } from '../arguments/option-rules.ts';
import type { Executors } from './executors.ts';

/*
 * The table of the ports' operations. The checks of arguments, the decorators, the rule for retries, the conformance suite and
 * the fault injector are derived from it. A port's method that the table lacks does not compile.
 */

/** The name of a port. */
export type PortName = Exclude<keyof Executors, 'close' | 'observeBatches'>;

/** The name of a port's method. */
export type PortMethod = { [Name in PortName]: keyof Executors[Name] }[PortName];

/**
 * What a repetition of a call does. `read`: the call changes nothing. `repeatable`: a repetition completes the write or is
 * refused. `once`: a repetition could do it twice, or undo another writer's change.
 */
export type CallEffect = 'read' | 'repeatable' | 'once';

/** One operation of a port. */
export interface PortOperation {
  readonly port: PortName;
  /** The positional arguments. The options come after them. */
  readonly args: readonly ArgumentKind[];
  readonly checkOptions: Check;
  /** What a repetition of a call with these options does. */
  readonly effect: (options: object | undefined) => CallEffect;
}

type Rules = Omit<PortOperation, 'port'>;

const rules =
  (effect: Rules['effect']) =>
  (args: readonly ArgumentKind[], checkOptions: Check = checkCallOptions): Rules => ({
    args,
    checkOptions,
    effect,
  });
const read = rules(() => 'read');
const repeatable = rules(() => 'repeatable');
const once = rules(() => 'once');
const repeatableWith = (...names: readonly string[]): typeof once =>
  rules((options) => {
    const given = (options ?? {}) as Readonly<Record<string, unknown>>;
    return names.every((name) => given[name] !== undefined) ? 'repeatable' : 'once';
  });

const service = ['namespace', 'serviceName'] as const;
const pod = [...service, 'podId'] as const;
const link = ['namespace', 'uid', 'serviceName'] as const;
const links = ['namespace', 'uids', 'serviceName'] as const;

const byPort: { readonly [Name in PortName]: Readonly<Record<keyof Executors[Name], Rules>> } = {
  stateful: {
    setServiceState: repeatable([...pod, 'report']),
    markServiceState: repeatable([...pod, 'word'], checkMarkStateOptions),
    getServiceState: read(service),
    reportDead: repeatable(pod, checkReportDeadOptions),
    removeServiceState: repeatableWith('incarnation', 'updateTime')(pod, checkRemoveStateOptions),
    setWorkloadState: repeatable([...service, 'workload']),
    getWorkloadState: read(service),
    getWorkloadStateBatch: read(['namespace', 'serviceNames']),
    setLinkedPod: once([...link, 'podId', 'persistSeconds'], checkSetOptions),
    trySetLinkedPod: repeatable([...link, 'podId', 'persistSeconds'], checkTrySetOptions),
    setLinkedPodIfAbsent: repeatable([...link, 'podId', 'persistSeconds'], checkPlaceOptions),
    replaceLinkedPod: repeatable([...link, 'from', 'to', 'temporarySeconds'], checkReplaceOptions),
    getLinkedPod: read(link),
    getLinkedPodIfPersist: read(link),
    getLink: read(link),
    batchGetLinkedPod: read(links),
    batchGetLink: read(links, checkBatchGetLinkOptions),
    removeLinkedPod: once(link, checkRemoveOptions),
    removeLinkedPodWithId: repeatableWith('token')([...link, 'podId'], checkRemoveWithIdOptions),
    endQuarantine: repeatable(link),
    setPin: repeatable([...link, 'pin'], checkByOptions),
    getLinkService: read(['namespace', 'uid']),
    enterRoster: repeatable([...pod, 'uid'], checkEnterRosterOptions),
    leaveRoster: repeatable([...pod, 'uid'], checkLeaveRosterOptions),
    readRoster: read(pod, checkReadRosterOptions),
  },
  server: {
    getServiceNameByTag: read(['namespace', 'tag']),
    setGlobalServiceNameTag: repeatable(['namespace', 'tag', 'serviceName']),
    removeServiceNameTag: repeatable(['namespace', 'tag']),
    registerService: repeatable(service),
    listServices: read(['namespace']),
    setPodIntent: repeatable([...pod, 'intent'], checkSetIntentOptions),
    getPodIntents: read(service),
    setFrozen: repeatable([...service, 'frozen'], checkByOptions),
    quarantineUser: repeatable([...service, 'uid', 'ttlMs']),
    unquarantineUser: repeatable([...service, 'uid'], checkByOptions),
    announceCaller: repeatable([...service, 'callerId', 'ttlMs']),
    giveOrder: repeatable([...pod, 'order']),
    takeOrder: repeatable([...pod, 'orderId'], checkTakeOrderOptions),
    orderDone: repeatable([...pod, 'orderId', 'orderReport']),
    readJournal: read(service, checkReadJournalOptions),
    writeJournal: once([...service, 'event']),
  },
  feed: {
    subscribe: read([...service, 'listener']),
    subscribePod: read([...pod, 'listener']),
  },
};

/** Every operation of the ports, by the name of its method. */
export const portOperations: Readonly<Record<PortMethod, PortOperation>> = Object.fromEntries(
  Object.entries(byPort).flatMap(([port, operations]) =>
    Object.entries<Rules>(operations).map(([method, operation]) => [method, { ...operation, port }]),
  ),
) as Record<PortMethod, PortOperation>;

/** Whether a call whose outcome is unknown may be repeated. */
export function isSafeToRepeat(call: {
  readonly method: PortMethod;
  readonly options: object | undefined;
}): boolean {
  return portOperations[call.method].effect(call.options) !== 'once';
}
