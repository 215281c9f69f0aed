import { invalidConfig } from '@stateful-route/core/adapter';
import type { HandOffListener, StatefulRouteForServerDriver } from '@stateful-route/driver';

/** What the package's other modules attach to the route. */
export class AttachedToRoute {
  readonly #ends: (() => Promise<void>)[] = [];
  readonly #modules = new Set<string>();

  /** Something that ends before the route drains, such as a gateway's connections. */
  endBefore(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()));
  }

  /**
   * A module of this package that an application has once.
   *
   * @throws `INVALID_CONFIG` for a second one.
   */
  add(module: 'GatewayModule' | 'HostModule'): void {
    if (this.#modules.has(module)) {
      throw invalidConfig([{ name: module, problem: 'is imported more than once; import it in one module' }]);
    }
    this.#modules.add(module);
  }

  /** A method of the application saves the users. */
  saveBy(listener: HandOffListener, server: StatefulRouteForServerDriver | undefined): void {
    const problem = this.#modules.has('HostModule')
      ? 'cannot be used beside HostModule, which saves users by its own `save`'
      : server
        ? undefined
        : 'needs a pod; give StatefulRouteModule a podId and a serviceName';
    if (problem !== undefined) throw invalidConfig([{ name: 'OnHandOff', problem }]);
    server?.onHandOff(listener);
  }
}
