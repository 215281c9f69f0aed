import type { Check, ObservedPod } from './observation.ts';

/** Of two processes of one ordinal the one that started later stays. */
export function laterProcessWins(): Check {
  const beaten = new Map<number, { readonly pod: ObservedPod; readonly at: number }>();
  return {
    name: 'later-process-wins',
    observe(observation, { now, pods, fleet }) {
      if (observation.kind === 'storeBack' && observation.lost !== 'nothing') beaten.clear();
      if (observation.kind === 'displaced') {
        const { pod } = observation;
        // A start is known only as exactly as a reply's delay allows, and a pause or a fault meanwhile.
        const unsureMs = Math.max(fleet.timeoutMs, pod.troubledUntil - pod.startedAt);
        const later = pods.some(
          (other) =>
            other.ordinal === pod.ordinal && other !== pod && other.startedAt > pod.startedAt - unsureMs,
        );
        return later ? undefined : `${pod.name} was displaced, and no process of its ordinal is later`;
      }
      if (observation.kind !== 'stored' || observation.call.method !== 'setServiceState') return undefined;
      const { call, pod } = observation;
      if (call.error !== undefined || !pod) return undefined;
      const other = beaten.get(pod.ordinal);
      const leaseMs = fleet.leasesMs[pod.ordinal] ?? 0;
      if (
        !other ||
        other.pod === pod ||
        other.pod.startedAt < pod.startedAt + fleet.timeoutMs ||
        now - other.at > leaseMs
      ) {
        beaten.set(pod.ordinal, { pod, at: now });
        return undefined;
      }
      return other.pod.isRunning
        ? `a beat of ${pod.name} was taken, though ${other.pod.name} is later`
        : undefined;
    },
  };
}
