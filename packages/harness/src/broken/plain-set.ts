import type { Executors, TrySetResult } from '@stateful-route/core';
import { type AroundCall, decorateExecutors } from '@stateful-route/core/adapter';

/** Breaks claims: a plain SET overwrites the link without a comparison. */
export function plainSet(executors: Executors): Executors {
  const around: AroundCall = async (call) => {
    if (call.method !== 'trySetLinkedPod') return call.run(call.options);
    const [namespace, uid, serviceName, podId, persistSeconds] = call.args as [
      string,
      string,
      string,
      number,
      number,
    ];
    const { stateful } = executors;
    const set = await stateful.setLinkedPod(namespace, uid, serviceName, podId, persistSeconds);
    return { linked: true, podId, ...set } satisfies TrySetResult;
  };
  return decorateExecutors(executors, around);
}
