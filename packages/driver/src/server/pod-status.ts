import type { PodMetadata, RoutingState, ServiceState } from '@stateful-route/core';

/** What a pod says of itself; the heartbeat reads it, the driver writes it. */
export interface PodStatus {
  state: ServiceState;
  routingState: RoutingState;
  /** The application's own load. */
  loadState: number;
  metadata: PodMetadata;
}
