/** Every state of a pod or a workload. All but `UNKNOWN` are also the words stored for the older sides. */
export const SERVICE_STATES = ['READY', 'NOT_READY', 'FAILED', 'PENDING', 'TERMINATING', 'UNKNOWN'] as const;

/** The life-cycle state of a pod or of a workload. */
export type ServiceState = (typeof SERVICE_STATES)[number];

/** A state that the older sides know too: they have no word for `UNKNOWN`. */
export type StateWord = Exclude<ServiceState, 'UNKNOWN'>;

/** Parses a stored word. An unknown one is `UNKNOWN`, since its writer may be newer than this reader. */
export function parseServiceState(word: string): ServiceState {
  return (SERVICE_STATES as readonly string[]).includes(word) ? (word as ServiceState) : 'UNKNOWN';
}
