export type {
  CloseContext,
  CloseReason,
  Host,
  HostEntity,
  HostOptions,
  HostStats,
  OpenContext,
  SaveContext,
  Stay,
  UseContext,
  UseState,
} from './host.ts';
