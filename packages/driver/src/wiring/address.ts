import type { PodMetadata } from '@stateful-route/core';
import {
  type Check,
  checkInteger,
  checkServiceName,
  configCheck,
  invalidParameter,
} from '@stateful-route/core/adapter';

const PORT_MAX = 65_535;
/** A dot at the end keeps resolvers from trying their search list first. */
const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?$/;

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

const checkHeadlessDnsOptions: Check = configCheck<HeadlessDnsOptions>(
  {
    port: (value) => {
      checkInteger(value, 'port', 1, PORT_MAX);
    },
    governingService: checkServiceName,
    clusterDomain: (value, parameter = 'clusterDomain') => {
      if (typeof value !== 'string' || !DOMAIN.test(value))
        throw invalidParameter(parameter, 'must be a domain');
    },
  },
  { required: ['port'] },
);

/** Resolves pods to the stable DNS names that a headless service gives them: `room-0.room.game.svc.cluster.local:8080`. */
export function headlessDns(options: HeadlessDnsOptions): ResolveAddress {
  checkHeadlessDnsOptions(options);
  const { port, governingService, clusterDomain = 'cluster.local' } = options;
  return ({ namespace, serviceName, podId }) =>
    `${serviceName}-${podId}.${governingService ?? serviceName}.${namespace}.svc.${clusterDomain}:${port}`;
}
