import {
  type Clock,
  type DrainOptions,
  type Executors,
  type Logger,
  silentLogger,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import { createStatefulRoute, type RouteConfigInput, type StatefulRoute } from '@stateful-route/driver';
import { until } from '@stateful-route/harness';
import { Lab as RedisLab, SERVICE, useLab } from '@stateful-route/lab/redis';

export { SERVICE } from '@stateful-route/lab/redis';

/** A pod's route. */
export type PodRoute = StatefulRoute<StatefulRouteForServerDriver>;

/** Options of a route in a scenario. */
export interface RouteOptions {
  readonly executors: Executors;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  /** How a pod drains. Default: it hands nobody off and does not wait. */
  readonly drain?: DrainOptions | undefined;
}

/** What a scenario starts, ended in reverse order by `end`. */
export class Lab extends RedisLab {
  /** A started pod. */
  async pod(
    podId: number,
    options: RouteOptions & { readonly serviceName?: string; readonly address?: string },
  ): Promise<PodRoute> {
    const pod = createStatefulRoute({
      serviceName: SERVICE,
      podId,
      logger: silentLogger,
      drain: { deadlineMs: 0 },
      ...options,
    });
    this.defer(() => pod.stop());
    await started(pod);
    return pod;
  }

  /** A caller that has loaded the service. */
  async caller(options: Omit<RouteOptions, 'drain'>): Promise<StatefulRoute<undefined>> {
    const caller = createStatefulRoute({ services: [SERVICE], logger: silentLogger, ...options });
    this.defer(() => caller.stop());
    await started(caller);
    return caller;
  }
}

/** Retries the start: when many scenarios start at once, a reading may take longer than their short timeouts. */
async function started(route: Pick<StatefulRoute<undefined>, 'start'>): Promise<void> {
  await until('the route starts', () => route.start().then(() => true), { everyMs: 50 });
}

/** Runs something in a lab of its own. */
export function inLab<T>(run: (lab: Lab) => Promise<T>): Promise<T> {
  return useLab(new Lab(), run);
}
