import type { ServiceState } from '@stateful-route/core';
import {
  parseServiceState,
  SERVICE_STATES,
  stateWord,
  type WorkloadState,
} from '@stateful-route/core/adapter';
import { jsonObject, UnreadableReply } from './replies.ts';

/**
 * A workload by its word and its details. Both are written at once, so details that do not fit the word are of an
 * earlier report: one of the older sides, which knows only words, wrote a later one. Then the word stands alone.
 */
export function workloadFrom(storeTime: number, word: string, details: string | undefined): WorkloadState {
  const info = details === undefined ? undefined : workloadInfo(details);
  if (!info || stateWord(info.state) !== word) {
    return { state: parseServiceState(word), replicas: 0, readyReplicas: 0 };
  }
  return { ...info, ageMs: Math.max(0, storeTime - info.updateTime) };
}

function workloadInfo(details: string): WorkloadState & { readonly updateTime: number } {
  const { state, replicas, readyReplicas, updateTime } = jsonObject(details);
  if (!isState(state) || !isCount(replicas) || !isCount(readyReplicas) || !isCount(updateTime)) {
    throw new UnreadableReply("a workload's details", details);
  }
  return { state, replicas, readyReplicas, updateTime };
}

function isState(value: unknown): value is ServiceState {
  return (SERVICE_STATES as readonly unknown[]).includes(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
