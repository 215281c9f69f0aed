import type { HeartbeatAck, PodReport } from '@stateful-route/core/adapter';
import type { Store } from './suite.ts';

/** A heartbeat with every field that must be there. */
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

/** One life of a pod of the service `room`: each beat has the next `seq`. */
export interface PodLife {
  beat(fields?: Partial<PodReport>): Promise<HeartbeatAck>;
}

/** A life of a pod; every beat but the first says that there was one before. */
export function podLife({ stateful, ns }: Store, podId: number, incarnation: string): PodLife {
  let seq = 0;
  return {
    beat: (fields) => stateful.setServiceState(ns, 'room', podId, report(incarnation, seq++, fields)),
  };
}
