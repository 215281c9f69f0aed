/** Every word a pod's or a workload's state can be; the first five are also the words stored for other readers. */
export const SERVICE_STATES = ['READY', 'NOT_READY', 'FAILED', 'PENDING', 'TERMINATING', 'UNKNOWN'] as const;

/** The life-cycle state of a pod or of a workload. */
export type ServiceState = (typeof SERVICE_STATES)[number];

/** A word that every side knows: the others have none for `UNKNOWN`. */
export type StateWord = Exclude<ServiceState, 'UNKNOWN'>;

/** Reads a stored word; one that is not known is `UNKNOWN`, as other writers may be newer than this reader. */
export function parseServiceState(word: string): ServiceState {
  return (SERVICE_STATES as readonly string[]).includes(word) ? (word as ServiceState) : 'UNKNOWN';
}
