import { hasEnded, isLongDead } from './liveness.ts';
import { parseServiceState, type ServiceState, type StateWord } from '../domain/service-state.ts';
import type { PodReport, StatefulServiceState } from '../domain/stateful-service-state.ts';

/*
 * The older sides store one word for each pod, and read nothing else. The details of a pod's heartbeat hold a copy of the word
 * that was written with them. If the stored word differs from that copy, an older side wrote it.
 */

/** The word for a state. The older sides have none for `UNKNOWN`. */
export function stateWord(state: ServiceState): StateWord {
  return state === 'UNKNOWN' ? 'NOT_READY' : state;
}

/** The word that a heartbeat writes. The older sides know no routing state, so only a pod that accepts new users is `READY`. */
export function podWord({ state, routingState }: Pick<PodReport, 'state' | 'routingState'>): StateWord {
  return state === 'READY' && routingState !== 'READY' ? 'NOT_READY' : stateWord(state);
}

/** A pod of the older sides, known only by its word. */
export function podFromWord(podId: number, word: string): StatefulServiceState {
  return { podId, state: parseServiceState(word), loadState: 0, routingState: 'READY', metadata: {} };
}

/**
 * Whether a pod's details give way to the stored word. Details outrank the word, unless the pod has ended or its details are
 * three leases old: then a word that differs from the details' copy is of a pod of the older sides.
 *
 * @param kept - the copy in the details; details without one never give way.
 * @param word - the stored word, if there is one.
 */
export function givesWay(
  pod: StatefulServiceState,
  kept: string | undefined,
  word: string | undefined,
  storeTime: number,
): boolean {
  if (kept === undefined || word === undefined || word === kept) return false;
  return hasEnded(pod) || isLongDead(pod, storeTime);
}
