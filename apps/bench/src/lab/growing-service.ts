import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { type Executors, silentLogger, type StatefulRouteForServerDriver } from '@stateful-route/core';
import { createStatefulRoute, type StatefulRoute } from '@stateful-route/driver';
import { type BenchLab, ROUTE_CONFIG, SERVICE } from './bench-lab.ts';

/** The namespace of the service. */
export const NAMESPACE = 'game';

/** A service of real pods in this process, whose number changes. */
export class GrowingService {
  readonly #lab: BenchLab;
  readonly #executors: Executors;
  readonly #pods: StatefulRoute<StatefulRouteForServerDriver>[] = [];

  constructor(lab: BenchLab) {
    this.#lab = lab;
    this.#executors = createMemoryExecutors();
    lab.defer(() => this.#executors.close());
  }

  /** A caller with an empty link cache. */
  gateway(): Promise<StatefulRoute<undefined>> {
    return this.#lab.caller(this.#executors, NAMESPACE);
  }

  /** Changes the number of pods: new ones join, or the last ones leave. */
  readonly setPods = async (count: number): Promise<void> => {
    while (this.#pods.length < count) {
      const pod = createStatefulRoute({
        executors: this.#executors,
        namespace: NAMESPACE,
        serviceName: SERVICE,
        podId: this.#pods.length,
        logger: silentLogger,
        config: ROUTE_CONFIG,
      });
      await pod.start();
      this.#lab.defer(() => pod.stop());
      this.#pods.push(pod);
    }
    for (const pod of this.#pods.splice(count)) await pod.stop();
  };

  /** The users' pods, looked up by a new gateway. */
  async where(users: readonly string[]): Promise<number[]> {
    const gateway = await this.gateway();
    const links = await gateway.service(SERVICE).locateMany(users);
    await gateway.stop();
    return users.map((uid) => links.get(uid)!.podId);
  }
}
