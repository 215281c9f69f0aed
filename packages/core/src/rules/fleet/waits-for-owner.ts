import type { ServiceStateRead } from '../../domain/stateful-service-state.ts';

/** Whether the users of an ordinal wait for its return, by what the service's pods publish. */
export function waitsForOwner({ pods }: ServiceStateRead, podId: number): boolean {
  const own = pods.get(podId)?.deadOwner;
  return own === undefined
    ? [...pods.values()].some(({ deadOwner }) => deadOwner === 'wait')
    : own === 'wait';
}
