import { notAPod } from '../errors.ts';

/** A route's namespace, and for a pod its service, ordinal and address. */
export interface RoutePlace {
  readonly namespace: string;
  readonly serviceName?: string | undefined;
  readonly podId?: number | undefined;
  readonly address?: string | undefined;
}

/** The place of a pod. */
export interface PodPlace extends RoutePlace {
  readonly serviceName: string;
  readonly podId: number;
}

/** The pod at a route's place. Throws `INVALID_CONFIG` where the route is a caller's. */
export function podAt({ namespace, serviceName, podId, address }: RoutePlace): PodPlace {
  if (serviceName === undefined) throw notAPod('serviceName');
  if (podId === undefined) throw notAPod('podId');
  return { namespace, serviceName, podId, address };
}
