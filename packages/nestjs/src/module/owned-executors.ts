import { invalidConfig } from '@stateful-route/core/adapter';
import type { Executors } from '@stateful-route/driver';
import type { StatefulRouteModuleOptions } from './module-options.ts';

/** Makes the store's executors, and closes those that it has made. */
export class OwnedExecutors {
  #made: Executors | undefined;

  async make(options: StatefulRouteModuleOptions): Promise<Executors> {
    if (typeof options !== 'object' || options === null) {
      throw invalidConfig([{ name: 'options', problem: 'must be an object' }]);
    }
    if (typeof options.executors !== 'function') return options.executors;
    this.#made = await options.executors();
    return this.#made;
  }

  async close(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    await made?.close();
  }
}
