import type { CallOptions, Clock, LocatedPod, RouteInfoDriver, ServiceHandle } from '@stateful-route/core';
import { checkNamespace, checkPodId, checkServiceName } from '@stateful-route/core/adapter';
import type { LocatedLink } from '../service/link-request.ts';
import type { ServiceRegistry } from '../service/service-registry.ts';
import type { ResolveAddress } from '../wiring/address.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import { callUntilServed } from './call-until-served.ts';
import type { UserLocator } from './client-driver.ts';

/** What a handle depends on. */
export interface ServiceHandleParts {
  readonly locator: UserLocator;
  readonly routeInfo: RouteInfoDriver;
  readonly services: ServiceRegistry;
  readonly resolveAddress: ResolveAddress;
  readonly clock: Clock;
  readonly random: () => number;
  /** The deadline of a `call` whose options give none, in ms. */
  readonly callTimeoutMs: number;
  readonly telemetry: RouteTelemetry;
  /** The error of a call while the route is stopped; `undefined` while it is not. */
  readonly notStarted: () => Error | undefined;
}

/** One service, as its callers use it. */
export function createServiceHandle(
  namespace: string,
  serviceName: string,
  parts: ServiceHandleParts,
): ServiceHandle {
  const { locator, routeInfo, services, resolveAddress, notStarted } = parts;
  checkNamespace(namespace);
  checkServiceName(serviceName);

  const withAddress = ({ podId, temporary }: LocatedLink): LocatedPod => {
    const pod = services.peek(namespace, serviceName)?.snapshot?.pods.get(podId);
    const address =
      pod?.address ?? resolveAddress({ namespace, serviceName, podId, metadata: pod?.metadata ?? {} });
    return { podId, address, temporary };
  };
  const whileStarted = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const refusal = notStarted();
    return refusal ? Promise.reject(refusal) : run();
  };
  // `whileStarted` without its closure, for every request.
  const locate = (uid: string, options?: CallOptions): Promise<LocatedPod> => {
    const refusal = notStarted();
    if (refusal) return Promise.reject(refusal);
    return locator.locate(namespace, uid, serviceName, options).then(withAddress);
  };

  return {
    namespace,
    serviceName,
    locate,
    peek: (uid) => {
      const link = locator.peek(namespace, uid, serviceName);
      return link && withAddress(link);
    },
    forget: (uid) => services.find(namespace, serviceName)?.links.forget(uid) ?? false,
    locateMany: (uids, options) =>
      whileStarted(async () => {
        const links = await locator.locateMany(namespace, uids, serviceName, options);
        return new Map([...links].map(([uid, link]) => [uid, withAddress(link)]));
      }),
    pods: (options) => whileStarted(() => routeInfo.alivePods(namespace, serviceName, options)),
    isReady: (options) => whileStarted(() => routeInfo.isWorkloadReady(namespace, serviceName, options)),
    call: (uid, use, options) =>
      callUntilServed({ namespace, serviceName, uid, use, options, locate, ...parts }),
    unreachable: (podId) => {
      checkPodId(podId);
      services.find(namespace, serviceName)?.foundUnreachable(podId);
    },
  };
}
