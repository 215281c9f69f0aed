import type { PodMetadata } from '@stateful-route/core';
import {
  type Check,
  checkInteger,
  checkServiceName,
  configCheck,
  invalidParameter,
} from '@stateful-route/core/adapter';

const PORT_MAX = 65_535;
/** With a dot at the end, resolvers do not try their search list first. */
const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?$/;

/** A pod that published no address. */
export interface PodToResolve {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
  readonly metadata: PodMetadata;
}

/** The address of a pod that published none; `undefined` if it is not known. */
export type ResolveAddress = (pod: PodToResolve) => string | undefined;

/** The DNS names of a StatefulSet's pods. */
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

/** Resolves a pod to the DNS name that a headless service gives it: `room-0.room.game.svc.cluster.local:8080`. */
export function headlessDns(options: HeadlessDnsOptions): ResolveAddress {
  checkHeadlessDnsOptions(options);
  const { port, governingService, clusterDomain = 'cluster.local' } = options;
  return ({ namespace, serviceName, podId }) =>
    `${serviceName}-${podId}.${governingService ?? serviceName}.${namespace}.svc.${clusterDomain}:${port}`;
}
