import { notAPod } from '../errors.ts';

/** A route's namespace and zone, and for a pod its service, ordinal, address and revision. */
export interface RoutePlace {
  readonly namespace: string;
  readonly serviceName?: string | undefined;
  readonly podId?: number | undefined;
  readonly address?: string | undefined;
  readonly revision?: string | undefined;
  readonly zone?: string | undefined;
}

/** The place of a pod. */
export interface PodPlace extends RoutePlace {
  readonly serviceName: string;
  readonly podId: number;
}

/** The pod at a route's place. Throws `INVALID_CONFIG` where the route is a caller's. */
export function podAt({ serviceName, podId, ...place }: RoutePlace): PodPlace {
  if (serviceName === undefined) throw notAPod('serviceName');
  if (podId === undefined) throw notAPod('podId');
  return { ...place, serviceName, podId };
}
