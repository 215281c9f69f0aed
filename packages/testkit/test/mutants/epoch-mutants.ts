import { isRouteError, routeError } from '@stateful-route/core';
import { decorateExecutors, type EpochOptions, type PortMethod } from '@stateful-route/core/adapter';
import { links, type Mutant } from './mutant.ts';

function epochOf(options: EpochOptions | undefined): number | undefined {
  return options?.epoch;
}

/** Accepts a placement of any epoch. */
function anyEpoch(method: PortMethod): Mutant {
  return {
    rule: `${method} is refused in another epoch`,
    model: true,
    broken: (executors) =>
      decorateExecutors(executors, (call) => {
        const isPlaced =
          call.method === method &&
          (epochOf(call.options) ?? -1) >= 0 &&
          Number.isSafeInteger(epochOf(call.options));
        const options = isPlaced ? { ...call.options, epoch: undefined } : call.options;
        return call.run(options);
      }),
  };
}

/** The epochs of calls. */
export const epochMutants: readonly Mutant[] = [
  anyEpoch('trySetLinkedPod'),
  anyEpoch('setLinkedPodIfAbsent'),
  anyEpoch('replaceLinkedPod'),
  {
    rule: 'a call of another epoch rejects with the current one, and is retryable',
    model: true,
    broken: (executors) =>
      decorateExecutors(executors, async ({ method, options, run }) => {
        try {
          return await run(options);
        } catch (error) {
          if (!isRouteError(error, 'STORE_ERROR')) throw error;
          throw routeError('STORE_ERROR', 'Refused.', { operation: method });
        }
      }),
  },
  links("a heartbeat's reply has the epoch of readings", (inner) => ({
    setServiceState: async (...args) => {
      const ack = await inner.setServiceState(...args);
      return { ...ack, epoch: ack.epoch + 1 };
    },
  })),
  links(
    'a restart is another epoch',
    (inner) => {
      let first: number | undefined;
      return {
        getServiceState: async (...args) => {
          const read = await inner.getServiceState(...args);
          return { ...read, epoch: (first ??= read.epoch) };
        },
      };
    },
    { model: false },
  ),
];
