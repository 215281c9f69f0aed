import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import type { ReplaceResult } from '@stateful-route/core/adapter';
import type { Check } from './observation.ts';

/** A pod that has handed a user over does not win the user back while the temporary link names another pod. */
export function notWonBack(): Check {
  /** By process and uid: when the pod moved the user, by the store's clock. */
  const moves = new Map<string, number>();
  return {
    name: 'not-won-back',
    observe(observation, { fleet }) {
      if (observation.kind === 'storeBack' && observation.lost !== 'nothing') moves.clear();
      if (observation.kind !== 'stored' || observation.call.error !== undefined) return undefined;
      const { pod, call } = observation;
      if (!pod) return undefined;
      const { method, args, options, result, storeTime } = call;
      const uid = String(args[1]);
      const key = `${pod.name} ${uid}`;
      if (method === 'replaceLinkedPod') {
        if (args[3] === pod.ordinal && (result as ReplaceResult).linked) moves.set(key, storeTime);
        return undefined;
      }
      if (method === 'setLinkedPod') moves.delete(key);
      if (method !== 'trySetLinkedPod' || args[4] !== PERSIST_FOREVER) return undefined;
      const { linked, previous } = result as TrySetResult;
      const movedAt = moves.get(key);
      if (!linked || movedAt === undefined || options['assertToken'] !== undefined) return undefined;
      moves.delete(key);
      if (previous === undefined || previous === pod.ordinal) return undefined;
      if (storeTime - movedAt > fleet.linkSeconds * 1_000) return undefined;
      return `${pod.name} handed ${uid} over, and claimed the user over the link to pod ${previous}`;
    },
  };
}
