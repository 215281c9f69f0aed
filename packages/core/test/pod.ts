import type { PodView, ServiceStateRead, StatefulServiceState } from '@stateful-route/core';

export const NOW = 1_700_000_000_000;

/** A routable pod, with some fields changed. */
export function pod(fields: Partial<StatefulServiceState> = {}): StatefulServiceState {
  return {
    podId: 0,
    state: 'READY',
    loadState: 0,
    routingState: 'READY',
    updateTime: NOW,
    incarnation: 'a',
    metadata: {},
    leaseMs: 10_000,
    updatePeriodMs: 1_000,
    ...fields,
  };
}

/** A pod of the older sides, known only by its word. */
export function bareWord(state: StatefulServiceState['state']): StatefulServiceState {
  return { podId: 0, state, loadState: 0, routingState: 'READY', metadata: {} };
}

/** A reading of pods at `NOW`, of a directory old enough for everyone. */
export function reading(
  pods: readonly StatefulServiceState[],
  since: number | undefined = 0,
  fields: Partial<ServiceStateRead> = {},
): ServiceStateRead {
  return {
    storeTime: NOW,
    epoch: 1,
    since,
    pods: new Map(pods.map((each) => [each.podId, each])),
    ...fields,
  };
}

/** Pods as a strategy sees them, from their loads. */
export function views(loads: readonly number[], metadata: readonly Record<string, string>[] = []): PodView[] {
  return loads.map((loadState, podId) => ({ podId, loadState, metadata: metadata[podId] ?? {} }));
}
