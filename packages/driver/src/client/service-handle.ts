import {
  type CallOptions,
  checkNamespace,
  checkServiceName,
  type ComputedLink,
  type LocatedPod,
  NOT_MINE,
  type PodStates,
  type RouteInfoDriver,
  type ServiceHandle,
  type StatefulRouteForClientDriver,
} from '@stateful-route/core';
import type { ResolveAddress } from '../route/address.ts';
import type { ServiceStateCache } from '../state/service-state-cache.ts';
import { podNotAvailable } from './link-resolver.ts';

/** How often a user is asked for again whose pod says that it does not hold them. */
const CALL_ATTEMPTS = 3;

/** When to come back after pods and links disagreed: one of the two has then had time to be told. */
const NOT_MINE_RETRY_MS = 1_000;

/** What a handle stands on. */
export interface ServiceHandleParts {
  readonly client: StatefulRouteForClientDriver;
  readonly routeInfo: RouteInfoDriver;
  readonly states: ServiceStateCache;
  readonly resolveAddress: ResolveAddress;
}

/** One service, as its callers use it. */
export function createServiceHandle(
  namespace: string,
  serviceName: string,
  { client, routeInfo, states, resolveAddress }: ServiceHandleParts,
): ServiceHandle {
  checkNamespace(namespace);
  checkServiceName(serviceName);

  const located = ({ podId, temporary }: ComputedLink): LocatedPod => {
    const pod = states.peek(namespace, serviceName)?.snapshot?.pods.get(podId);
    const address =
      pod?.address ?? resolveAddress({ namespace, serviceName, podId, metadata: pod?.metadata ?? {} });
    return { podId, address, temporary };
  };
  const locate = (uid: string, options?: CallOptions): Promise<LocatedPod> =>
    client.computeLink(namespace, uid, serviceName, options).then(located);

  return {
    namespace,
    serviceName,
    locate,
    peek: (uid) => {
      const link = client.getLinkInCache(namespace, uid, serviceName);
      return link && located(link);
    },
    forget: (uid) => client.cacheExpired(namespace, uid, serviceName),
    locateMany: async (uids, options) => {
      const links = await client.computeLinks(namespace, uids, serviceName, options);
      return new Map([...links].map(([uid, link]) => [uid, located(link)]));
    },
    pods: (options): Promise<PodStates> => routeInfo.alivePods(namespace, serviceName, options),
    isReady: (options) => routeInfo.isWorkloadReady(namespace, serviceName, options),
    call: async (uid, use, options) => {
      for (let attempt = 1; ; attempt++) {
        const pod = await locate(uid, options);
        const result = await use(pod);
        if (result !== NOT_MINE) return result;
        client.cacheExpired(namespace, uid, serviceName);
        if (attempt === CALL_ATTEMPTS) {
          throw podNotAvailable({ namespace, uid, serviceName }, pod.podId, NOT_MINE_RETRY_MS, 'not mine');
        }
        // The pod may have begun to drain a moment ago: asking again by the same snapshot would lead there again.
        await states.fresh(namespace, serviceName, options);
      }
    },
  };
}
