import type { CallOptions } from '../domain/call-options.ts';
import type { Executors } from '../ports/executors.ts';
import type { ServerExecutor } from '../ports/server-executor.ts';
import type { StatefulExecutor } from '../ports/stateful-executor.ts';
import type { StateFeed } from '../ports/state-feed.ts';
import {
  checkFunction,
  checkIntent,
  checkNamespace,
  checkPodId,
  checkServiceName,
  checkServiceNames,
  checkStateWord,
  checkTag,
  checkUid,
  checkUids,
} from './names.ts';
import {
  checkCallOptions,
  checkEnterRosterOptions,
  checkEpochOptions,
  checkRemoveOptions,
  checkRemoveWithIdOptions,
  checkLeaveRosterOptions,
  checkMarkStateOptions,
  checkOwnerOptions,
  checkReadRosterOptions,
  checkRemoveStateOptions,
  checkReplaceOptions,
  checkTrySetOptions,
} from './options.ts';
import type { Check } from './option-rules.ts';
import { checkPodReport, checkWorkloadReport } from './reports.ts';
import { checkPersistSeconds, checkTemporarySeconds } from './times.ts';

/** The checks of a method's arguments, by position; the last one is that of its options. */
type Rules<Port> = { readonly [Method in keyof Port]: readonly Check[] };

const checkFrom: Check = (value) => {
  checkPodId(value, 'from');
};
const checkTo: Check = (value) => {
  checkPodId(value, 'to');
};

const service = [checkNamespace, checkServiceName] as const;
const link = [checkNamespace, checkUid, checkServiceName] as const;
const batch = [checkNamespace, checkUids, checkServiceName] as const;

const statefulRules: Rules<StatefulExecutor> = {
  setServiceState: [...service, checkPodId, checkPodReport, checkCallOptions],
  markServiceState: [...service, checkPodId, checkStateWord, checkMarkStateOptions],
  getServiceState: [...service, checkCallOptions],
  removeServiceState: [...service, checkPodId, checkRemoveStateOptions],
  setWorkloadState: [...service, checkWorkloadReport, checkCallOptions],
  getWorkloadState: [...service, checkCallOptions],
  getWorkloadStateBatch: [checkNamespace, checkServiceNames, checkCallOptions],
  setLinkedPod: [...link, checkPodId, checkPersistSeconds, checkOwnerOptions],
  trySetLinkedPod: [...link, checkPodId, checkPersistSeconds, checkTrySetOptions],
  setLinkedPodIfAbsent: [...link, checkPodId, checkPersistSeconds, checkEpochOptions],
  replaceLinkedPod: [...link, checkFrom, checkTo, checkTemporarySeconds, checkReplaceOptions],
  getLinkedPod: [...link, checkCallOptions],
  getLinkedPodIfPersist: [...link, checkCallOptions],
  getLink: [...link, checkCallOptions],
  batchGetLinkedPod: [...batch, checkCallOptions],
  batchGetLink: [...batch, checkCallOptions],
  removeLinkedPod: [...link, checkRemoveOptions],
  removeLinkedPodWithId: [...link, checkPodId, checkRemoveWithIdOptions],
  getLinkService: [checkNamespace, checkUid, checkCallOptions],
  enterRoster: [...service, checkPodId, checkUid, checkEnterRosterOptions],
  leaveRoster: [...service, checkPodId, checkUid, checkLeaveRosterOptions],
  readRoster: [...service, checkPodId, checkReadRosterOptions],
};

const serverRules: Rules<ServerExecutor> = {
  getServiceNameByTag: [checkNamespace, checkTag, checkCallOptions],
  setGlobalServiceNameTag: [checkNamespace, checkTag, checkServiceName, checkCallOptions],
  removeServiceNameTag: [checkNamespace, checkTag, checkCallOptions],
  registerService: [...service, checkCallOptions],
  listServices: [checkNamespace, checkCallOptions],
  setPodIntent: [...service, checkPodId, checkIntent, checkCallOptions],
};

const feedRules: Rules<StateFeed> = {
  subscribe: [...service, checkFunction, checkCallOptions],
  subscribePod: [...service, checkPodId, checkFunction, checkCallOptions],
};

/**
 * The same executors, refusing what the ports' contracts refuse, before any I/O. An adapter returns its parts through
 * this, so that the rules of arguments are written once.
 */
export function checkedExecutors(inner: Executors): Executors {
  return {
    stateful: checkedPort(inner.stateful, statefulRules),
    server: checkedPort(inner.server, serverRules),
    feed: checkedPort(inner.feed, feedRules),
    close: () => inner.close(),
  };
}

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

/** Every call of an adapter passes here: nothing is made for it but its list of arguments. */
function checkedPort<Port extends object>(inner: Port, rules: Rules<Port>): Port {
  const checked = Object.entries<readonly Check[]>(rules).map(([method, checks]) => {
    const call = (inner as Record<string, AnyMethod>)[method]!.bind(inner);
    const options = checks.length - 1;
    const wrapped: AnyMethod = (...args) => {
      try {
        for (let at = 0; at <= options; at++) checks[at]!(args[at]);
        (args[options] as CallOptions | undefined)?.signal?.throwIfAborted();
      } catch (error) {
        return Promise.reject(error);
      }
      return call(...args);
    };
    return [method, wrapped] as const;
  });
  return Object.fromEntries(checked) as Port;
}
