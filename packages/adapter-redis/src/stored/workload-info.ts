import type { ServiceState } from '@stateful-route/core';
import {
  parseServiceState,
  SERVICE_STATES,
  stateWord,
  type WorkloadState,
} from '@stateful-route/core/adapter';
import { jsonObject, UnreadableReply } from './replies.ts';

/**
 * A workload, by its word and its details. Both are written together. Details that do not match the word are of an earlier
 * report, and the word was written later by an older side, which knows only words. Then only the word counts.
 */
export function workloadFrom(storeTime: number, word: string, details: string | undefined): WorkloadState {
  const info = details === undefined ? undefined : workloadInfo(details);
  if (!info || stateWord(info.state) !== word) {
    return { state: parseServiceState(word), replicas: 0, readyReplicas: 0 };
  }
  return { ...info, ageMs: Math.max(0, storeTime - info.updateTime) };
}

function workloadInfo(details: string): WorkloadState & { readonly updateTime: number } {
  const { state, replicas, readyReplicas, desiredReplicas, updateTime } = jsonObject(details);
  const isDesired = desiredReplicas === undefined || isCount(desiredReplicas);
  if (
    !isState(state) ||
    !isCount(replicas) ||
    !isCount(readyReplicas) ||
    !isCount(updateTime) ||
    !isDesired
  ) {
    throw new UnreadableReply("a workload's details", details);
  }
  return { state, replicas, readyReplicas, desiredReplicas, updateTime };
}

function isState(value: unknown): value is ServiceState {
  return (SERVICE_STATES as readonly unknown[]).includes(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
