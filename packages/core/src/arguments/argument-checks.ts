import { SERVICE_STATES } from '../domain/service-state.ts';
import { POD_INTENTS } from '../domain/stateful-service-state.ts';
import {
  type Check,
  checkDuration,
  checkFlag,
  checkFunction,
  checkIncarnation,
  checkNamespace,
  checkPersistSeconds,
  checkPodId,
  checkPodReport,
  checkServiceName,
  checkServiceNames,
  checkTag,
  checkTemporarySeconds,
  checkUid,
  checkUids,
  checkWord,
  checkWorkloadReport,
} from './checks.ts';
import { checkOrder, checkOrderId, checkOrderReport, checkReportedEvent } from './journal-checks.ts';

const STATE_WORDS = SERVICE_STATES.filter((word) => word !== 'UNKNOWN');

/** The kinds of the ports' positional arguments. A kind is named after the parameter, where one check serves it everywhere. */
export type ArgumentKind =
  | 'namespace'
  | 'serviceName'
  | 'serviceNames'
  | 'tag'
  | 'uid'
  | 'uids'
  | 'podId'
  | 'pin'
  | 'from'
  | 'to'
  | 'persistSeconds'
  | 'temporarySeconds'
  | 'report'
  | 'workload'
  | 'word'
  | 'intent'
  | 'frozen'
  | 'callerId'
  | 'ttlMs'
  | 'order'
  | 'orderId'
  | 'orderReport'
  | 'event'
  | 'listener';

/** The check of each kind of argument. */
export const argumentChecks: Readonly<Record<ArgumentKind, Check>> = {
  namespace: checkNamespace,
  serviceName: checkServiceName,
  serviceNames: checkServiceNames,
  tag: checkTag,
  uid: checkUid,
  uids: checkUids,
  podId: checkPodId,
  pin: (value) => {
    if (value !== undefined) checkPodId(value);
  },
  from: (value) => checkPodId(value, 'from'),
  to: (value) => checkPodId(value, 'to'),
  persistSeconds: checkPersistSeconds,
  temporarySeconds: checkTemporarySeconds,
  report: checkPodReport,
  workload: checkWorkloadReport,
  word: (value) => checkWord(value, 'word', STATE_WORDS),
  intent: (value) => checkWord(value, 'intent', POD_INTENTS),
  frozen: (value) => checkFlag(value, 'frozen'),
  callerId: (value) => checkIncarnation(value, 'callerId'),
  ttlMs: (value) => checkDuration(value, 'ttlMs'),
  order: checkOrder,
  orderId: checkOrderId,
  orderReport: checkOrderReport,
  event: checkReportedEvent,
  listener: checkFunction,
};
