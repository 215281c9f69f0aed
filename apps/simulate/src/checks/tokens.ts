import { type TrySetResult, PERSIST_FOREVER } from '@stateful-route/core';
import type { SetLinkedPodResult } from '@stateful-route/core/adapter';
import { Beats } from './beats.ts';
import type { Check, ObservedPod } from './observation.ts';

/** A user's tokens only grow, except in a store that lost its data. */
export function tokensGrow(): Check {
  const last = new Map<string, { readonly token: number; readonly pod: ObservedPod | undefined }>();
  return {
    name: 'tokens-grow',
    observe(observation) {
      if (observation.kind === 'storeBack' && observation.lost !== 'nothing') last.clear();
      if (observation.kind !== 'stored') return undefined;
      const { call, pod } = observation;
      if (call.method !== 'trySetLinkedPod' && call.method !== 'setLinkedPod') return undefined;
      if (call.args[4] !== PERSIST_FOREVER) return undefined;
      const result = call.result as TrySetResult | SetLinkedPodResult | undefined;
      if (result?.token === undefined || ('linked' in result && !result.linked)) return undefined;
      const uid = String(call.args[1]);
      const before = last.get(uid);
      last.set(uid, { token: result.token, pod });
      if (!before || result.token > before.token || (result.token === before.token && pod === before.pod)) {
        return undefined;
      }
      return `${call.process} got token ${result.token} for ${uid} after ${before.pod?.name ?? 'nobody'} had ${before.token}`;
    },
  };
}

/** A claim takes effect before its pod is fenced, or never. */
export function noLateClaim(): Check {
  const beats = new Beats();
  return {
    name: 'no-late-claim',
    observe(observation, { fleet }) {
      beats.observe(observation);
      if (observation.kind !== 'stored') return undefined;
      const { call, pod } = observation;
      if (call.method !== 'trySetLinkedPod' || call.args[4] !== PERSIST_FOREVER) return undefined;
      // A new incarnation claims before it serves.
      if (!pod?.isRunning || pod.isPaused || call.options['assertToken'] !== undefined || !pod.isFenced())
        return undefined;
      // The application's own state also fences, while claims are on their way.
      const beat = beats.of(pod.ordinal);
      if (beat && call.storeTime - beat.at <= beat.leaseMs - 2 * fleet.periodMs) return undefined;
      const result = call.result as TrySetResult | undefined;
      if (!result?.linked || result.previous === Number(call.args[3])) return undefined;
      return `a claim of ${String(call.args[1])} by ${call.process} acted after its fence`;
    },
  };
}

/** A claim that was ended on purpose is not asserted. */
export function endedStaysEnded(): Check {
  const ended = new Map<string, number>();
  const tokens = new Map<string, number>();
  return {
    name: 'ended-stays-ended',
    observe(observation) {
      if (observation.kind === 'storeBack' && observation.lost !== 'nothing') {
        ended.clear();
        tokens.clear();
      }
      if (observation.kind !== 'stored' || observation.call.error !== undefined) return undefined;
      const { method, args, result, options, process } = observation.call;
      const uid = String(args[1]);
      const token = (result as { readonly token?: number } | undefined)?.token;
      if (method === 'trySetLinkedPod' || method === 'setLinkedPod') {
        if (token === undefined || (result as { readonly linked?: boolean }).linked === false)
          return undefined;
        const asserted = options['assertToken'];
        if (typeof asserted === 'number' && asserted <= (ended.get(uid) ?? -1)) {
          return `${process} put back the claim of ${uid} with token ${asserted}, which was ended on purpose`;
        }
        tokens.set(uid, token);
      } else if (method === 'removeLinkedPod' || method === 'removeLinkedPodWithId') {
        if (result !== true || options['onlyIfTemporary'] === true) return undefined;
        const known = tokens.get(uid);
        if (known !== undefined) ended.set(uid, known);
      }
      return undefined;
    },
  };
}
