import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { ageMsOf, BALANCE_BAND, serviceStatus } from '@stateful-route/core/adapter';
import type { ServiceSummary, WorstPods } from '../api/types.ts';
import { alivePods } from './alive-pods.ts';

/** How many pods are named of each kind. */
const WORST = 3;

/** A service in a line. */
export function summaryOf(service: string, read: ServiceStateRead): ServiceSummary {
  return serviceStatus(service, read);
}

/** The loads between which a pod is even. */
export function bandOf({ load: { mean } }: ServiceSummary): { readonly low: number; readonly high: number } {
  return { low: mean * (1 - BALANCE_BAND), high: mean * (1 + BALANCE_BAND) };
}

/** The pods to look at first. */
export function worstOf(read: ServiceStateRead, summary: ServiceSummary): WorstPods {
  const { pods, storeTime } = read;
  const { low, high } = bandOf(summary);
  const { mean } = summary.load;
  const all = [...pods.values()];
  const alive = [...alivePods(read).values()];
  const overdue = ({ updatePeriodMs, ...pod }: StatefulServiceState): number =>
    (ageMsOf(pod, storeTime) ?? 0) / (updatePeriodMs ?? Number.POSITIVE_INFINITY);
  return {
    load: most(alive, ({ loadState }) => loadState, 0),
    age: most(all, overdue, 1),
    imbalance: most(
      alive.filter(({ loadState }) => loadState < low || loadState > high),
      ({ loadState }) => Math.abs(loadState - mean),
      0,
    ),
  };
}

/** The ordinals of the pods with the greatest amounts above a limit, the greatest first. */
function most(
  pods: readonly StatefulServiceState[],
  amountOf: (pod: StatefulServiceState) => number,
  above: number,
): number[] {
  return pods
    .map((pod) => ({ podId: pod.podId, amount: amountOf(pod) }))
    .filter(({ amount }) => amount > above)
    .toSorted((a, b) => b.amount - a.amount)
    .slice(0, WORST)
    .map(({ podId }) => podId);
}
