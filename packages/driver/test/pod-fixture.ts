import { createMemoryExecutors, type MemoryExecutors } from '@stateful-route/adapter-memory';
import { silentLogger } from '@stateful-route/core';
import { type AroundCall, decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { createStatefulRoute, type PodRouteOptions } from '../src/index.ts';
import type { StatefulRoute, StatefulRouteForServerDriver } from '../src/index.ts';

/** One store, and pods on it whose calls a test can watch and break. */
export interface PodFixture {
  readonly clock: ManualClock;
  readonly executors: MemoryExecutors;
  pod(
    podId: number,
    more?: Partial<PodRouteOptions>,
    around?: AroundCall,
  ): StatefulRoute<StatefulRouteForServerDriver>;
}

export function podFixture(): PodFixture {
  const clock = new ManualClock();
  const executors = createMemoryExecutors({ clock });
  let incarnations = 0;
  return {
    clock,
    executors,
    pod: (podId, more = {}, around = ({ run, options }) => run(options)) => {
      const { overrides, config, ...rest } = more;
      return createStatefulRoute({
        executors: decorateExecutors(executors, around),
        namespace: 'game',
        serviceName: 'room',
        podId,
        clock,
        logger: silentLogger,
        // A call that fails is one that a test broke; what retries do is tested by itself.
        config: { profile: 'compat', maxRetryCount: 0, ...config },
        overrides: { newIncarnation: () => `life-${podId}-${++incarnations}`, ...overrides },
        ...rest,
      });
    },
  };
}

/** A promise and its resolver. */
export function deferred<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
