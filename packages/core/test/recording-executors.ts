import type { Executors } from '@stateful-route/core';
import type { ServerExecutor, StatefulExecutor, StateFeed } from '@stateful-route/core/adapter';

/** Executors that only record their calls. */
export interface RecordingExecutors extends Executors {
  readonly calls: readonly (readonly unknown[])[];
}

/** Ports without a store: each call is recorded, and returns its method's name. */
export function recordingExecutors(): RecordingExecutors {
  const calls: unknown[][] = [];
  const port = new Proxy(
    {},
    {
      get:
        (_, method) =>
        async (...args: unknown[]): Promise<unknown> => {
          calls.push([method, ...args]);
          return method;
        },
    },
  );
  return {
    calls,
    stateful: port as StatefulExecutor,
    server: port as ServerExecutor,
    feed: port as StateFeed,
    close: async () => {
      calls.push(['close']);
    },
  };
}
