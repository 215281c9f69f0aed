import type { PodMetadata, RoutingState, ServiceState } from '@stateful-route/core';

/** What a pod says of itself; the heartbeat reads it, the driver writes it. */
export class PodStatus {
  state: ServiceState = 'READY';
  /** The application's own load; `undefined`: it set none. */
  loadState: number | undefined;
  metadata: PodMetadata = {};
  /** What the application set. */
  ownRoutingState: RoutingState = 'READY';
  /** Whose drains refuse new users. */
  readonly refusals: Set<'application' | 'operator' | 'stop'> = new Set();

  get routingState(): RoutingState {
    return this.refusals.size > 0 && this.ownRoutingState === 'READY'
      ? 'DENY_NEW_CALL'
      : this.ownRoutingState;
  }

  /** Whether the application said that the pod's life is over. */
  get hasEnded(): boolean {
    return this.state === 'FAILED' || this.state === 'TERMINATING';
  }
}
