import type { Clock, Executors } from '@stateful-route/core';
import { decorateExecutors, type FeedListener } from '@stateful-route/core/adapter';

/** A clock and a store that stop together, as with the process of a pod. */
export interface Killable {
  readonly clock: Clock;
  readonly executors: Executors;
  readonly dead: boolean;
  /** Settles like the work. Rejects with the reason once killed. */
  unlessKilled<T>(work: () => Promise<T>): Promise<T>;
  /** Ends it as SIGKILL ends a process: no timer fires, no call is answered, and no event arrives any more. */
  kill(reason: Error): void;
}

/** Wraps a clock and a store so that they can be stopped. */
export function killable(clock: Clock, executors: Executors): Killable {
  let dead = false;
  let reason: Error | undefined;
  const pending = new Set<() => void>();
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
    unlessKilled: (work) =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(reason);
        if (dead) {
          fail();
          return;
        }
        pending.add(fail);
        work()
          .then(resolve, reject)
          .finally(() => pending.delete(fail));
      }),
    kill: (why) => {
      dead = true;
      reason = why;
      for (const fail of pending) fail();
    },
  };
}
