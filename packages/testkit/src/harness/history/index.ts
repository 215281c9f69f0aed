export { callersClock, callersClockTokens } from './broken/callers-clock.ts';
export { noDeadline } from './broken/no-deadline.ts';
export { noFence } from './broken/no-fence.ts';
export { plainSet } from './broken/plain-set.ts';
export { checkHistory, type CheckOptions } from './check-history.ts';
export type {
  FenceChange,
  HistoryEvent,
  LinkRead,
  LinkSeen,
  LinkWrite,
  Requirement,
  Serve,
  StoreLoss,
} from './events.ts';
export { History } from './history.ts';
export { recordExecutors, type RecordOptions } from './record-executors.ts';
export { between, type Trial, trialsOf } from './seeds.ts';
export { TokenStorage } from './token-storage.ts';
export type { InvariantName, Violation } from './violation.ts';
