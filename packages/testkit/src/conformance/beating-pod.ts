import type { HeartbeatAck, PodReport } from '@stateful-route/core/adapter';
import type { Store } from './suite.ts';

/** A heartbeat with every required field. */
export function report(incarnation: string, seq: number, fields: Partial<PodReport> = {}): PodReport {
  return {
    state: 'READY',
    loadState: 0,
    routingState: 'READY',
    incarnation,
    seq,
    beatenBefore: seq > 0,
    leaseMs: 60_000,
    updatePeriodMs: 6_000,
    ...fields,
  };
}

/** One incarnation of a pod of the service `room`: each heartbeat has the next `seq`. */
export interface BeatingPod {
  beat(fields?: Partial<PodReport>): Promise<HeartbeatAck>;
}

/** An incarnation of a pod; every heartbeat but the first has `beatenBefore`. */
export function beatingPod({ stateful, ns }: Store, podId: number, incarnation: string): BeatingPod {
  let seq = 0;
  return {
    beat: (fields) => stateful.setServiceState(ns, 'room', podId, report(incarnation, seq++, fields)),
  };
}
