export { admit, type Admission, type Enterable } from './faces/admission.ts';
export { continueWhenRead } from './faces/expect-continue.ts';
export { type ProbedRoute, type Probes, probes } from './faces/probes.ts';
export { isRefusalError, type Refusal, type RefusalError, refusalError, refusalOf } from './faces/refusal.ts';
export { requestEntity } from './faces/request-entity.ts';
export {
  type ClosableServer,
  type RunnableHost,
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
