import type {
  CallOptions,
  ClaimOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
  StatefulRouteForServerDriver,
  TrySetResult,
} from '@stateful-route/core';
import type { PodLinks } from './pod-links.ts';

/** The calls of a pod's driver about links, as the interface has them. */
export abstract class PodLinkCalls implements Pick<
  StatefulRouteForServerDriver,
  | 'setLinkedPod'
  | 'trySetLinkedPod'
  | 'removeLinkedPod'
  | 'removeLinkedPodWithId'
  | 'release'
  | 'refuse'
  | 'claimScope'
> {
  protected abstract readonly links: PodLinks;

  async setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<number | undefined> {
    return this.links.setLinkedPod(namespace, uid, serviceName, podId, options);
  }

  async trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: ClaimOptions,
  ): Promise<TrySetResult> {
    return this.links.trySetLinkedPod(namespace, uid, serviceName, podId, options);
  }

  async removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean> {
    return this.links.removeLinkedPod(namespace, uid, serviceName, options);
  }

  async removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean> {
    return this.links.removeLinkedPodWithId(namespace, uid, serviceName, podId, options);
  }

  async release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean> {
    return this.links.release(uid, options);
  }

  async refuse(uid: string, options?: CallOptions): Promise<boolean> {
    return this.links.refuse(uid, options);
  }

  async claimScope<T>(
    uid: string,
    fn: (scope: { readonly signal: AbortSignal; readonly token: number }) => Promise<T>,
    options?: ClaimOptions,
  ): Promise<T> {
    return this.links.claimScope(uid, fn, options);
  }
}
