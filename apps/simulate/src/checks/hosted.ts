import type { Check } from './observation.ts';

/**
 * A host opens a claimed user once, runs one use at a time on an open state of a held user, saves beside no use, and closes each
 * state once. After a fence it opens the state anew. What was answered is saved: with `saveAfter: 'use'` before the answer; before
 * an idle user goes, or one whom the application ends; and before a hand-off in calm.
 */
export function hostKeepsUsers(): Check {
  return {
    name: 'host-keeps-users',
    observe(observation) {
      if (observation.kind !== 'hostBroke') return undefined;
      return `${observation.seen}: ${observation.uid} on ${observation.pod.name}`;
    },
  };
}
