import type { PodIntent } from '../domain/stateful-service-state.ts';
import type { CallOptions } from '../domain/call-options.ts';

/**
 * Tags, the list of services and operators' intents. Calls may be made concurrently; bad arguments, failures of the
 * store and deadlines are reported as by `StatefulExecutor`. Every method is safe to repeat, except that a repeated
 * `setGlobalServiceNameTag` or `removeServiceNameTag` says that nothing changed.
 */
export interface ServerExecutor {
  /** The service a tag stands for; `undefined` when the tag is unknown. */
  getServiceNameByTag(namespace: string, tag: string, options?: CallOptions): Promise<string | undefined>;

  /** Makes a tag stand for a service, whatever it stood for; returns whether that changed something. */
  setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean>;

  /** Forgets a tag; returns whether it was known. */
  removeServiceNameTag(namespace: string, tag: string, options?: CallOptions): Promise<boolean>;

  /** Puts a service on the namespace's list; a pod does so once, when it starts. */
  registerService(namespace: string, serviceName: string, options?: CallOptions): Promise<void>;

  /** Every service that ever had a pod of this library, in alphabetical order. */
  listServices(namespace: string, options?: CallOptions): Promise<string[]>;

  /** Sets an operator's wish for a pod; it is pushed, and in the reply to each of the pod's heartbeats. */
  setPodIntent(
    namespace: string,
    serviceName: string,
    podId: number,
    intent: PodIntent,
    options?: CallOptions,
  ): Promise<void>;
}
