import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { type Executors, silentLogger, type StatefulRouteForServerDriver } from '@stateful-route/core';
import { createStatefulRoute, type StatefulRoute } from '@stateful-route/driver';
import { type BenchLab, ROUTE_CONFIG, SERVICE } from './bench-lab.ts';

/** The namespace of the service that grows. */
export const NAMESPACE = 'game';

/** Real pods in this process, which come and go. */
export class GrowingService {
  readonly #lab: BenchLab;
  readonly #executors: Executors;
  readonly #pods: StatefulRoute<StatefulRouteForServerDriver>[] = [];

  constructor(lab: BenchLab) {
    this.#lab = lab;
    this.#executors = createMemoryExecutors();
    lab.defer(() => this.#executors.close());
  }

  /** A caller that remembers nobody. */
  gateway(): Promise<StatefulRoute<undefined>> {
    return this.#lab.caller(this.#executors, NAMESPACE);
  }

  /** From now on there are so many pods: those that lack have joined, or the last ones have left. */
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

  /** Where users are, asked by a gateway that does not know. */
  async where(users: readonly string[]): Promise<number[]> {
    const gateway = await this.gateway();
    const links = await gateway.client.computeLinks(NAMESPACE, users, SERVICE);
    await gateway.stop();
    return users.map((uid) => links.get(uid)!.podId);
  }
}
