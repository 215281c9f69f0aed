import type { Executors } from '@stateful-route/core';
import {
  type AroundCall,
  decorateExecutors,
  type HeartbeatAck,
  type PodReport,
} from '@stateful-route/core/adapter';

/** Longer than a healthy store takes to reply. */
const PATIENCE_MS = 100;

/** Breaks the self-fence: a heartbeat that the store did not acknowledge succeeds for the pod. */
export function noFence(executors: Executors): Executors {
  const acks = new Map<string, HeartbeatAck>();
  const around: AroundCall = (call) => {
    if (call.method !== 'setServiceState') return call.run(call.options);
    const { incarnation } = call.args[3] as PodReport;
    const run = async (): Promise<HeartbeatAck> => {
      const ack = (await call.run(call.options)) as HeartbeatAck;
      acks.set(incarnation, ack);
      return ack;
    };
    const madeUp = (): HeartbeatAck =>
      acks.get(incarnation) ?? {
        storeTime: Date.now(),
        epoch: 0,
        incarnation,
        orders: [],
        previous: { incarnation },
      };
    const late = new Promise<HeartbeatAck>((resolve) => {
      setTimeout(() => resolve(madeUp()), PATIENCE_MS);
    });
    return Promise.race([run().catch(madeUp), late]);
  };
  return decorateExecutors(executors, around);
}
