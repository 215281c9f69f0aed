import type { Clock, Executors } from '@stateful-route/core';
import { decorateExecutors, type FeedListener } from '@stateful-route/core/adapter';

/** What a pod lives on, in a process that it shares with others. */
export interface Life {
  readonly clock: Clock;
  readonly executors: Executors;
  readonly dead: boolean;
  /** What the work comes to, unless the life ends first: then it rejects with the reason. */
  survive<T>(work: () => Promise<T>): Promise<T>;
  /** Ends it as SIGKILL ends a process: no timer fires any more, no call is answered, nobody is told. */
  end(reason: Error): void;
}

/** Lends a pod a clock and a store that can be taken away from it. */
export function mortal(clock: Clock, executors: Executors): Life {
  let dead = false;
  let reason: Error | undefined;
  const mourners = new Set<() => void>();
  const never = new Promise<never>(() => {});
  return {
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimeout: (callback, ms) =>
        clock.setTimeout(() => {
          if (!dead) callback();
        }, ms),
    },
    executors: decorateExecutors(executors, async ({ method, args, options, run }) => {
      if (dead) return never;
      if (method === 'subscribe') {
        const [namespace, serviceName, listener] = args as [string, string, FeedListener];
        const whileAlive: FeedListener = (event) => {
          if (!dead) listener(event);
        };
        return executors.feed.subscribe(namespace, serviceName, whileAlive, options);
      }
      const reply = await run(options);
      return dead ? never : reply;
    }),
    get dead() {
      return dead;
    },
    survive: (work) =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(reason);
        if (dead) {
          fail();
          return;
        }
        mourners.add(fail);
        work()
          .then(resolve, reject)
          .finally(() => mourners.delete(fail));
      }),
    end: (why) => {
      dead = true;
      reason = why;
      for (const fail of mourners) fail();
    },
  };
}
