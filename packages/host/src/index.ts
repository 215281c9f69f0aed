export { continueWhenRead } from './faces/expect-continue.ts';
export { type ProbedRoute, type Probes, probes } from './faces/probes.ts';
export { type Refusal, type RefusalError, refusalOf } from './faces/refusal.ts';
export { requestEntity } from './faces/request-entity.ts';
export {
  type ClosableServer,
  type RunnableRoute,
  type RunOptions,
  type RunReport,
  runUntilSignal,
} from './faces/run-until-signal.ts';
export { uidFromHeader } from './faces/uid-from-header.ts';
export { createHost } from './create-host.ts';
export { staleToken } from './entities/stale-token.ts';
export type {
  CloseContext,
  Closed,
  CloseReason,
  Guard,
  GuardedRequest,
  Host,
  HostEntity,
  HostOptions,
  HostStats,
  OnUpgrade,
  OpenContext,
  RequestEntity,
  SaveContext,
  Stay,
  UidOf,
  UpgradeListener,
  UseContext,
  UseState,
} from './host.ts';
