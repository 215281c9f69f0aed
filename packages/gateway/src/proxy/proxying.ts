import type { DeadlineQueue, LimitedLogger } from '@stateful-route/core/adapter';
import type { Clock, ServiceHandle } from '@stateful-route/core';
import type { EventStreams } from './event-streams.ts';
import type { Endpoints, PodConnections } from './pod-connections.ts';

/** What all requests and upgrades of a gateway share. */
export interface Proxying {
  readonly clock: Clock;
  readonly deadlines: DeadlineQueue;
  readonly connections: PodConnections;
  readonly endpoints: Endpoints;
  readonly logger: LimitedLogger;
  readonly callTimeoutMs: number;
  readonly idleMs: number;
  readonly replayBytes: number;
  readonly maxBodyBytes: number;
  readonly maxPending: number;
  readonly mayPlace: (service: ServiceHandle, uid: string) => number;
  readonly allowAddress: (address: string) => boolean;
  /** Whether a client at this address is a proxy whose forwarded headers are kept. */
  readonly trustProxy: (address: string) => boolean;
  readonly counts: ProxyCounts;
  readonly streams: EventStreams;
}

/** What is under way. */
interface ProxyCounts {
  /** Requests and upgrades whose answer has not begun. */
  pending: number;
}
