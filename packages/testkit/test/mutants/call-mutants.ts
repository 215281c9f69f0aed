import { isRouteError } from '@stateful-route/core';
import { decorateExecutors, type StatefulExecutor } from '@stateful-route/core/adapter';
import { links, type Mutant } from './mutant.ts';

/** Calls of one tick share the result of the first. */
function perTick<T>(make: () => T): () => T {
  let made: { readonly shared: T } | undefined;
  return () => {
    if (!made) {
      made = { shared: make() };
      process.nextTick(() => {
        made = undefined;
      });
    }
    return made.shared;
  };
}

/** Makes the call after all others of the tick. */
function tickOver(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Rules of every call. */
export const callMutants: readonly Mutant[] = [
  {
    rule: 'a bad argument is refused',
    model: false,
    broken: (executors) =>
      decorateExecutors(executors, async ({ options, run }) => {
        try {
          return await run(options);
        } catch (error) {
          if (isRouteError(error, 'INVALID_PARAMETER')) return undefined;
          throw error;
        }
      }),
  },
  {
    rule: 'an invalid deadline is refused',
    model: false,
    broken: (executors) =>
      decorateExecutors(executors, ({ options, run }) => {
        const known = typeof options === 'object' && options !== null && 'timeoutMs' in options;
        return run(known ? { ...options, timeoutMs: undefined } : options);
      }),
  },
  links('concurrent calls take effect in order: writes before later reads', (inner) => ({
    setLinkedPodIfAbsent: async (...args) => {
      await tickOver();
      return inner.setLinkedPodIfAbsent(...args);
    },
  })),
  links('concurrent calls take effect in order: a batch before later writes', (inner) => ({
    batchGetLinkedPod: async (...args) => {
      await tickOver();
      return inner.batchGetLinkedPod(...args);
    },
  })),
  links('concurrent calls take effect in order: changes before a list of claims', (inner) => ({
    trySetLinkedPod: async (...args) => {
      await tickOver();
      return inner.trySetLinkedPod(...args);
    },
  })),
  links('concurrent calls each get the reply about their own uid', (inner) => {
    const first = perTick(() => ({
      answer: undefined as ReturnType<StatefulExecutor['getLinkedPod']> | undefined,
    }));
    return {
      getLinkedPod: (...args) => {
        const shared = first();
        return (shared.answer ??= inner.getLinkedPod(...args));
      },
    };
  }),
  {
    rule: 'calls made together fail alone',
    model: false,
    broken: (executors) => {
      const tick = perTick((): Promise<unknown>[] => []);
      return decorateExecutors(executors, async ({ options, run }) => {
        const calls = tick();
        const call = run(options);
        calls.push(call);
        call.catch(() => {});
        await tickOver();
        await Promise.all(calls);
        return call;
      });
    },
  },
  {
    rule: 'an aborted call ends',
    model: false,
    broken: (executors) =>
      decorateExecutors(executors, ({ options, run }) => {
        const aborted = options?.signal instanceof AbortSignal;
        return run(aborted ? { ...options, signal: undefined } : options);
      }),
  },
  {
    rule: "an aborted call ends with the signal's reason",
    model: false,
    broken: (executors) =>
      decorateExecutors(executors, async ({ options, run }) => {
        if (options?.signal?.aborted) throw new Error('aborted');
        return run(options);
      }),
  },
];
