import type {
  CallOptions,
  Clock,
  ComputedLink,
  LocatedPod,
  PodStates,
  RouteInfoDriver,
  ServiceHandle,
  StatefulRouteForClientDriver,
} from '@stateful-route/core';
import { checkNamespace, checkPodId, checkServiceName } from '@stateful-route/core/adapter';
import type { ResolveAddress } from '../wiring/address.ts';
import type { ServiceStateCache } from '../service/service-state-cache.ts';
import { callUntilServed } from './call-until-served.ts';

/** What a handle stands on. */
export interface ServiceHandleParts {
  readonly client: StatefulRouteForClientDriver;
  readonly routeInfo: RouteInfoDriver;
  readonly states: ServiceStateCache;
  readonly resolveAddress: ResolveAddress;
  readonly clock: Clock;
  readonly random: () => number;
  /** The deadline of a `call` that names none, in ms. */
  readonly callTimeoutMs: number;
  /** What a question is refused with now, as the route does not run. */
  readonly notStarted: () => Error | undefined;
}

/** One service, as its callers use it. */
export function createServiceHandle(
  namespace: string,
  serviceName: string,
  parts: ServiceHandleParts,
): ServiceHandle {
  const { client, routeInfo, states, resolveAddress, notStarted } = parts;
  checkNamespace(namespace);
  checkServiceName(serviceName);

  const located = ({ podId, temporary }: ComputedLink): LocatedPod => {
    const pod = states.peek(namespace, serviceName)?.snapshot?.pods.get(podId);
    const address =
      pod?.address ?? resolveAddress({ namespace, serviceName, podId, metadata: pod?.metadata ?? {} });
    return { podId, address, temporary };
  };
  const asked = <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    const refusal = notStarted();
    return refusal ? Promise.reject(refusal) : question();
  };
  // As `asked`, without a closure: it is on the path of every request.
  const locate = (uid: string, options?: CallOptions): Promise<LocatedPod> => {
    const refusal = notStarted();
    if (refusal) return Promise.reject(refusal);
    return client.computeLink(namespace, uid, serviceName, options).then(located);
  };

  return {
    namespace,
    serviceName,
    locate,
    peek: (uid) => {
      const link = client.getLinkInCache(namespace, uid, serviceName);
      return link && located(link);
    },
    forget: (uid) => client.cacheExpired(namespace, uid, serviceName),
    locateMany: (uids, options) =>
      asked(async () => {
        const links = await client.computeLinks(namespace, uids, serviceName, options);
        return new Map([...links].map(([uid, link]) => [uid, located(link)]));
      }),
    pods: (options): Promise<PodStates> => asked(() => routeInfo.alivePods(namespace, serviceName, options)),
    isReady: (options) => asked(() => routeInfo.isWorkloadReady(namespace, serviceName, options)),
    call: (uid, use, options) =>
      callUntilServed({ namespace, serviceName, uid, use, options, locate, ...parts }),
    unreachable: (podId) => {
      checkPodId(podId);
      states.find(namespace, serviceName)?.unreachable.add(podId);
    },
  };
}
