import {
  type AroundCall,
  decorateExecutors,
  type Executors,
  type HeartbeatAck,
  type PodReport,
} from '@stateful-route/core';

/** Breaks the self-fence: a heartbeat that the store did not acknowledge is told to the pod as if it had. */
export function noFence(executors: Executors): Executors {
  const around: AroundCall = async (call) => {
    if (call.method !== 'setServiceState') return call.run(call.options);
    try {
      return await call.run(call.options);
    } catch {
      const { incarnation } = call.args[3] as PodReport;
      return { storeTime: Date.now(), previous: { incarnation } } satisfies HeartbeatAck;
    }
  };
  return decorateExecutors(executors, around);
}
