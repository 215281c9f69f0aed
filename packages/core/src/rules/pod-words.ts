import { hasEnded, isLongDead } from './liveness.ts';
import { parseServiceState, type ServiceState, type StateWord } from '../domain/service-state.ts';
import type { PodReport, StatefulServiceState } from '../domain/stateful-service-state.ts';

/*
 * The other sides keep one word for each pod, and read nothing else. Beside the word, the details of a pod's heartbeat keep
 * a copy of the word that was written with them: another word in its place was written by another side.
 */

/** The word for a state; the other sides have none for `UNKNOWN`. */
export function stateWord(state: ServiceState): StateWord {
  return state === 'UNKNOWN' ? 'NOT_READY' : state;
}

/** The word that a heartbeat writes. The other sides know no routing state: a pod that takes no new users must not read `READY`. */
export function podWord({ state, routingState }: Pick<PodReport, 'state' | 'routingState'>): StateWord {
  return state === 'READY' && routingState !== 'READY' ? 'NOT_READY' : stateWord(state);
}

/** A pod of the other sides: a word, and nothing else. */
export function podFromWord(podId: number, word: string): StatefulServiceState {
  return { podId, state: parseServiceState(word), loadState: 0, routingState: 'READY', metadata: {} };
}

/**
 * Whether a pod's details give way to the word beside them. Details outrank the word. Only once they say that the pod's life
 * is over, or are three leases old, does another word than the one they keep count: a pod of the other sides has come.
 *
 * @param kept - the word that the details keep; `undefined` where they keep none, and never give way.
 * @param word - the word that stands; `undefined` where there is none.
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
