import type { PodIntent, StatefulServiceState } from '../domain/stateful-service-state.ts';
import type { CallOptions } from '../domain/call-options.ts';

/** What a subscriber is told. A gap in `sequence`, or one that went back, means: read the service again. */
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

/** What a pod is told on its own channel. */
export type PodFeedEvent =
  /** Somebody else ended this pod's claim of a user, by a removal without its token or by a forced link. */
  | { readonly type: 'claimEnded'; readonly uid: string; readonly token: number | undefined }
  /** Events may have been lost, as after a reconnect: read the claims back. */
  | { readonly type: 'missed' };

/** Called for each event of a pod's own channel, those about one uid in order; it must not throw. */
export type PodFeedListener = (event: PodFeedEvent) => void;

/** Called for each event in order; it must not throw. */
export type FeedListener = (event: FeedEvent) => void;

/** Ends a subscription. Resolves when no more events come; safe to repeat. */
export type Unsubscribe = () => Promise<void>;

/**
 * Push of state changes: a hint that makes readers fast. The truth is what `getServiceState` reads, so whoever listens
 * reads again after a gap and now and then without one.
 */
export interface StateFeed {
  /**
   * Resolves once the subscription stands: every later change of the service comes, in order, with `sequence` growing by
   * one per event of a service. After a lost connection it subscribes again by itself and says `missed`.
   */
  subscribe(
    namespace: string,
    serviceName: string,
    listener: FeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe>;

  /**
   * Subscribes to a pod's own channel; only that pod listens. Resolves once the subscription stands. After a lost
   * connection it subscribes again by itself and says `missed`.
   */
  subscribePod(
    namespace: string,
    serviceName: string,
    podId: number,
    listener: PodFeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe>;
}
