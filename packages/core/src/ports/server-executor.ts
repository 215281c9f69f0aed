import type { CallOptions, SetPodIntentOptions } from '../domain/call-options.ts';
import type { PodIntent, StoredIntent } from '../domain/stateful-service-state.ts';

/**
 * Tags, the list of services, and operators' intents. Concurrency, bad arguments, failures and deadlines are as in
 * `StatefulExecutor`. Every method is safe to repeat, but a repeated `setGlobalServiceNameTag` or `removeServiceNameTag`
 * returns that nothing changed.
 */
export interface ServerExecutor {
  /** The service that a tag names; `undefined` for an unknown tag. */
  getServiceNameByTag(namespace: string, tag: string, options?: CallOptions): Promise<string | undefined>;

  /** Makes a tag name a service, whatever it named before; returns whether that changed something. */
  setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean>;

  /** Removes a tag; returns whether it was known. */
  removeServiceNameTag(namespace: string, tag: string, options?: CallOptions): Promise<boolean>;

  /** Adds a service to the namespace's list; a pod does so once, when it starts. */
  registerService(namespace: string, serviceName: string, options?: CallOptions): Promise<void>;

  /** Every service that ever had a pod of this library, in alphabetical order. */
  listServices(namespace: string, options?: CallOptions): Promise<string[]>;

  /**
   * Sets an operator's intent for a pod, in place of the one before and its rate. It is pushed, and is in the reply to each of the
   * pod's heartbeats. A rate is kept with `drain` only.
   */
  setPodIntent(
    namespace: string,
    serviceName: string,
    podId: number,
    intent: PodIntent,
    options?: SetPodIntentOptions,
  ): Promise<void>;

  /** The operators' intents for the pods of a service, by ordinal. A pod for which none was ever set is absent. */
  getPodIntents(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, StoredIntent>>;
}
