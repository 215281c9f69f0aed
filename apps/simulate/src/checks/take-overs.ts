import { isRouteError } from '@stateful-route/core';
import { LONG_DEAD_AFTER_LEASES, type ReplaceResult } from '@stateful-route/core/adapter';
import { longestLeaseMs } from '../script/fleet-plan.ts';
import { Beats } from './beats.ts';
import { type Check, RECONNECT_APART_MS, type ObservedPod, type Observation } from './observation.ts';
import { WORLD_EPOCH } from '../time/process-clock.ts';

/** A take-over that the store carried out. */
interface TakeOver {
  readonly uid: string;
  readonly from: number;
  readonly to: number;
  readonly storeTime: number;
  readonly by: string;
}

function takeOverOf(observation: Observation): TakeOver | undefined {
  if (observation.kind !== 'stored' || observation.call.method !== 'replaceLinkedPod') return undefined;
  const { args, options, result, storeTime, process } = observation.call;
  const [uid, from, to] = [String(args[1]), Number(args[3]), Number(args[4])];
  const moved = (result as ReplaceResult | undefined)?.linked === true && from !== to;
  // A replacement by the owner itself is a hand-off.
  if (!moved || options['ifToken'] === undefined || observation.pod?.ordinal === from) return undefined;
  return { uid, from, to, storeTime, by: process };
}

/** A user moves only by a hand-off or by force while the pod's heartbeats are never a lease apart. */
export function noEarlyTakeOver(): Check {
  const beats = new Beats();
  return {
    name: 'no-early-take-over',
    observe(observation, { fleet }) {
      const taken = takeOverOf(observation);
      const beat = taken && beats.of(taken.from);
      beats.observe(observation);
      if (!taken || !beat || beat.ended) return undefined;
      const ageMs = taken.storeTime - beat.at;
      // A caller may use a reading from before the owner's return until the owner has claimed its users again.
      const isJustBack = taken.storeTime - beat.silentUntil <= fleet.callTimeoutMs;
      if (ageMs > beat.leaseMs || isJustBack) return undefined;
      return `${taken.by} took ${taken.uid} from pod ${taken.from} ${ageMs} ms after its beat, whose lease is ${beat.leaseMs} ms`;
    },
  };
}

/** After an outage of less than three leases no user moves, unless another outage ended within the three leases before. */
export function noTakeOverAfterOutage(): Check {
  const beats = new Beats();
  const spared = new Set<ObservedPod>();
  let protectedUntil = -1;
  let lastBack = Number.NEGATIVE_INFINITY;
  /** When an operator last removed an entry. That may reset `@since` without any pod knowing yet. */
  let lastReap = Number.NEGATIVE_INFINITY;
  return {
    name: 'no-take-over-after-outage',
    observe(observation, { now, pods, fleet }) {
      if (observation.kind === 'event' && observation.event.kind === 'reap') lastReap = now;
      if (observation.kind === 'storeBack') {
        const shortest = Math.min(...fleet.leasesMs);
        const longMs = LONG_DEAD_AFTER_LEASES * shortest;
        const counts =
          observation.awayMs > 0 &&
          observation.awayMs < longMs &&
          now - lastBack > longMs + observation.awayMs &&
          // `@since` is not reset within three leases of its last reset.
          now - Math.max((beats.since ?? 0) - WORLD_EPOCH, lastReap) > longMs;
        lastBack = now;
        spared.clear();
        // A pod with another fault when the outage began had stopped sending heartbeats before it.
        const beatSince = WORLD_EPOCH + now - observation.awayMs - 2 * fleet.periodMs;
        for (const pod of counts ? pods : []) {
          const hasBeaten = (beats.of(pod.ordinal)?.at ?? 0) >= beatSince;
          const isCalm = pod.troubledUntil <= now + RECONNECT_APART_MS;
          // A short lease ends before the longer ones do, and then is no mass expiry.
          const isLongest = fleet.leasesMs[pod.ordinal] === longestLeaseMs(fleet);
          if (pod.isRunning && isCalm && hasBeaten && isLongest) spared.add(pod);
        }
        protectedUntil = now + shortest;
      }
      const taken = takeOverOf(observation);
      const beat = taken && beats.of(taken.from);
      beats.observe(observation);
      if (!taken || beat?.ended === true || now > protectedUntil) return undefined;
      // A caller may use a reading from before an ended owner came back.
      if (beat && taken.storeTime - beat.endedUntil <= fleet.callTimeoutMs) return undefined;
      const owner = pods.findLast(({ ordinal }) => ordinal === taken.from);
      if (!owner || !spared.has(owner) || !owner.isRunning || owner.troubledUntil > now - 1) return undefined;
      return `${taken.by} took ${taken.uid} from ${owner.name}, whose heartbeats only the store's outage had stopped`;
    },
  };
}

/** Extra time of a request: for the reading that it uses, and for a heartbeat that was on its way. */
const SLACK_MS = 500;

/** A dead owner's user is taken over within three leases of its last heartbeat, or at once if that reported the end. */
export function takenOverInTime(): Check {
  const beats = new Beats();
  let storeBackAt = Number.NEGATIVE_INFINITY;
  return {
    name: 'taken-over-in-time',
    observe(observation, { now, fleet, pods }) {
      beats.observe(observation);
      if (observation.kind === 'storeBack') storeBackAt = WORLD_EPOCH + now;
      if (observation.kind !== 'asked') return undefined;
      const { error, uid, startedAt } = observation;
      if (!isRouteError(error, 'POD_NOT_AVAILABLE')) return undefined;
      if (error.why !== 'lease' && error.why !== 'young directory' && error.why !== 'mass expiry')
        return undefined;
      const beat = error.podId === undefined ? undefined : beats.of(error.podId);
      const ageMs = beat === undefined ? 0 : WORLD_EPOCH + startedAt - beat.at;
      if (!beat || beat.pod?.isRunning === true || Math.max(storeBackAt, beats.quietAt) > beat.at)
        return undefined;
      const youngMs = WORLD_EPOCH + now - (beats.since ?? Number.POSITIVE_INFINITY);
      const isYoung = error.why === 'young directory' && youngMs <= longestLeaseMs(fleet) + SLACK_MS;
      // In a young directory or a mass expiry a pod without an entry is not dead; one whose entry is three leases old is.
      const isProtected = isYoung || error.why === 'mass expiry';
      if (isProtected && !beats.hasEntry(error.podId ?? -1)) return undefined;
      const canServe = pods.some((pod) => pod.isRunning && pod.isRoutable && pod.troubledUntil < startedAt);
      if (!canServe) return undefined;
      const boundMs = beat.ended ? fleet.periodMs : LONG_DEAD_AFTER_LEASES * beat.leaseMs;
      if (ageMs <= boundMs + SLACK_MS) return undefined;
      return `${uid} waits for pod ${error.podId} (${error.why}), whose last heartbeat was ${Math.round(ageMs)} ms ago`;
    },
  };
}
