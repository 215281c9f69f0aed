import type { CallOptions } from '../domain/call-options.ts';
import type { PodIntent, StatefulServiceState } from '../domain/stateful-service-state.ts';

/** An event of a service. After a gap in `sequence`, or a step back, read the service again. */
export type FeedEvent =
  | {
      readonly type: 'state';
      readonly sequence: number;
      /** The store's time of the change. */
      readonly storeTime: number;
      readonly podId: number;
      /** The pod's entry; `undefined` when it was removed. */
      readonly current?: StatefulServiceState | undefined;
    }
  | {
      readonly type: 'intent';
      readonly sequence: number;
      readonly storeTime: number;
      readonly podId: number;
      readonly intent: PodIntent;
    }
  /** Events may have been lost, as after a reconnect: read the service again. */
  | { readonly type: 'missed' };

/** An event of a pod's own channel. */
export type PodFeedEvent =
  /** Another writer ended this pod's claim of a user, by a removal without its token or by a forced link. */
  | { readonly type: 'claimEnded'; readonly uid: string; readonly token: number | undefined }
  /** An order was given to the pod. The reply to its next heartbeat has it. */
  | { readonly type: 'order'; readonly id: string }
  /** Events may have been lost, as after a reconnect: read the claims back. */
  | { readonly type: 'missed' };

/** Called for each event of a service, in order. It must not throw. */
export type FeedListener = (event: FeedEvent) => void;

/** Called for each event of a pod's channel, in order for one uid. It must not throw. */
export type PodFeedListener = (event: PodFeedEvent) => void;

/** Ends a subscription. Resolves when no more events will come. Safe to repeat. */
export type Unsubscribe = () => Promise<void>;

/**
 * Push of state changes. Events are hints that keep readers fresh; only `getServiceState` is authoritative. A subscriber
 * reads again after a gap, and from time to time without one.
 */
export interface StateFeed {
  /**
   * Subscribes to a service. Resolves once the subscription is active: every later change arrives, in order, with `sequence`
   * growing by one per event of the service. After a lost connection it resubscribes by itself and sends `missed`.
   */
  subscribe(
    namespace: string,
    serviceName: string,
    listener: FeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe>;

  /**
   * Subscribes to a pod's own channel; only that pod does. Resolves once the subscription is active. After a lost connection
   * it resubscribes by itself and sends `missed`.
   */
  subscribePod(
    namespace: string,
    serviceName: string,
    podId: number,
    listener: PodFeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe>;
}
