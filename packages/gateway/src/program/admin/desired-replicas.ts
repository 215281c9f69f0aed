import { type AdminService, type Answer, failed, failure, type LookUpParts } from './look-up.ts';

/** A report that is older is of a leader that is gone: what it asks for must not scale the service now. */
const STALE_AFTER_MS = 180_000;

/** How many pods the service should have, as its leading pod reported it last. */
export async function desiredReplicas(
  { executors }: Pick<LookUpParts, 'executors'>,
  { handle: { namespace, serviceName } }: Pick<AdminService, 'handle'>,
): Promise<Answer> {
  try {
    const workload = await executors.stateful.getWorkloadState(namespace, serviceName);
    if (workload?.desiredReplicas === undefined) {
      return failure(
        404,
        'NO_REPORT',
        'No pod reported how many there should be: give them a replicaTarget.',
      );
    }
    const { replicas, readyReplicas, ageMs = 0 } = workload;
    if (ageMs > STALE_AFTER_MS) {
      return failure(503, 'STALE', `The last report is ${Math.round(ageMs / 1_000)} s old.`);
    }
    return {
      status: 200,
      body: {
        service: serviceName,
        desiredReplicas: workload.desiredReplicas,
        replicas,
        readyReplicas,
        ageMs,
      },
    };
  } catch (error) {
    return failed(error);
  }
}
