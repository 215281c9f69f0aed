/** All states of a pod or a workload; the first five are also the words stored for the other sides. */
export const SERVICE_STATES = ['READY', 'NOT_READY', 'FAILED', 'PENDING', 'TERMINATING', 'UNKNOWN'] as const;

/** The life-cycle state of a pod or of a workload. */
export type ServiceState = (typeof SERVICE_STATES)[number];

/** A word that every side knows: the other sides have none for `UNKNOWN`. */
export type StateWord = Exclude<ServiceState, 'UNKNOWN'>;

/** Reads a stored word. An unknown one is `UNKNOWN`: its writer may be newer than this reader. */
export function parseServiceState(word: string): ServiceState {
  return (SERVICE_STATES as readonly string[]).includes(word) ? (word as ServiceState) : 'UNKNOWN';
}
