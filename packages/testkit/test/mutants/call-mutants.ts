import { decorateExecutors, isRouteError } from '@stateful-route/core';
import type { Mutant } from './mutant.ts';

/** What holds for every call. */
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
    rule: 'a deadline that is none is refused',
    model: false,
    broken: (executors) =>
      decorateExecutors(executors, ({ options, run }) => {
        const known = typeof options === 'object' && options !== null && 'timeoutMs' in options;
        return run(known ? { ...options, timeoutMs: undefined } : options);
      }),
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
