import { hasEnded, isLongDead } from './liveness.ts';
import { parseServiceState, type ServiceState, type StateWord } from '../domain/service-state.ts';
import type { PodReport, StatefulServiceState } from '../domain/stateful-service-state.ts';

/*
 * The other sides write and read one word per pod, and nothing else. The details of a heartbeat keep a copy of the word that was
 * written with them. If the word differs from that copy, another side has written it since.
 */

/** The word for a state. The other sides have no word for `UNKNOWN`. */
export function stateWord(state: ServiceState): StateWord {
  return state === 'UNKNOWN' ? 'NOT_READY' : state;
}

/** The word of a heartbeat. The other sides know no routing state, so a pod that takes no new users is not `READY` to them. */
export function podWord({ state, routingState }: Pick<PodReport, 'state' | 'routingState'>): StateWord {
  return state === 'READY' && routingState !== 'READY' ? 'NOT_READY' : stateWord(state);
}

/** A pod of the other sides, of which only the word is known. */
export function podFromWord(podId: number, word: string): StatefulServiceState {
  return { podId, state: parseServiceState(word), loadState: 0, routingState: 'READY', metadata: {} };
}

/**
 * Whether the word counts in place of a pod's details. Details outrank the word, with one exception. If they report the pod's
 * end, or are older than three leases, and the word differs from the one they keep, a pod of the other sides has come.
 *
 * @param kept - the word that the details keep; `undefined`: none, and the details always count.
 * @param word - the stored word; `undefined`: there is none.
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
