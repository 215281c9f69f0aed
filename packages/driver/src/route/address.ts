import type { PodMetadata } from '@stateful-route/core';

/** A pod that published no address. */
export interface PodToResolve {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
  readonly metadata: PodMetadata;
}

/** Says where a pod is reached that did not publish it; `undefined` when it cannot tell. */
export type ResolveAddress = (pod: PodToResolve) => string | undefined;

/** How the pods of a StatefulSet are named in DNS. */
export interface HeadlessDnsOptions {
  readonly port: number;
  /** The headless service that governs the StatefulSet. Default: the StatefulSet's own name. */
  readonly governingService?: string | undefined;
  /** Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
}

/** Resolves pods to the stable DNS names that a headless service gives them: `room-0.room.game.svc.cluster.local:8080`. */
export function headlessDns({
  port,
  governingService,
  clusterDomain = 'cluster.local',
}: HeadlessDnsOptions): ResolveAddress {
  return ({ namespace, serviceName, podId }) =>
    `${serviceName}-${podId}.${governingService ?? serviceName}.${namespace}.svc.${clusterDomain}:${port}`;
}
