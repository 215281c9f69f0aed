import { isRoutable, type ServiceStateRead, type StatefulServiceState } from '@stateful-route/core';
import { ageMsOf, BALANCE_BAND, serviceStatus, suspectAfterMs } from '@stateful-route/core/adapter';
import type { ServiceLive, ServiceSummary, WorstPods } from '../api/types.ts';
import { alivePods } from './alive-pods.ts';

/** How many pods are named of each kind. */
const WORST = 3;

/** What a reading says of a service as a whole. */
export type Overview = Pick<ServiceLive, 'summary' | 'storeTime' | 'worst' | 'band'>;

/** A service in a line. */
export function summaryOf(service: string, read: ServiceStateRead): ServiceSummary {
  return serviceStatus(service, read);
}

/** A service at a glance. */
export function overviewOf(service: string, read: ServiceStateRead): Overview {
  const { pods, storeTime } = read;
  const age = (pod: StatefulServiceState): number => ageMsOf(pod, storeTime) ?? 0;
  // A pod that drains is to be empty: it says nothing of how even the others are.
  const even = [...pods.values()].filter((pod) => isRoutable(pod, ageMsOf(pod, storeTime)));
  const mean = even.reduce((sum, { loadState }) => sum + loadState, 0) / Math.max(1, even.length);
  const [low, high] = [mean * (1 - BALANCE_BAND), mean * (1 + BALANCE_BAND)];
  return {
    summary: summaryOf(service, read),
    storeTime,
    band: { low, high },
    worst: {
      load: most([...alivePods(read).values()], ({ loadState }) => loadState, 0),
      age: most([...pods.values()], (pod) => age(pod) / suspectAfterMs(pod), 1),
      imbalance: most(
        even.filter(({ loadState }) => loadState < low || loadState > high),
        ({ loadState }) => Math.abs(loadState - mean),
        0,
      ),
    } satisfies WorstPods,
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
