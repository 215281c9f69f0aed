import type { Check, SeenPod } from './sighting.ts';

/** Of two processes of an ordinal the one that started later goes on. */
export function laterProcessWins(): Check {
  const beaten = new Map<number, { readonly pod: SeenPod; readonly at: number }>();
  return {
    name: 'later-process-wins',
    see(sighting, { now, pods, fleet }) {
      if (sighting.kind === 'storeBack' && sighting.lost !== 'nothing') beaten.clear();
      if (sighting.kind === 'displaced') {
        const { pod } = sighting;
        // starts are known to within the delay of a reply
        const later = pods.some(
          (other) =>
            other.ordinal === pod.ordinal &&
            other !== pod &&
            other.startedAt > pod.startedAt - fleet.timeoutMs,
        );
        return later ? undefined : `${pod.name} was displaced, and no process of its ordinal is later`;
      }
      if (sighting.kind !== 'stored' || sighting.call.method !== 'setServiceState') return undefined;
      const { call, pod } = sighting;
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
