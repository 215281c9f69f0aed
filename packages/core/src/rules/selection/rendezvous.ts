import { random } from './random.ts';
import type { PodView, SelectionStrategy } from './selection-strategy.ts';

/** FNV-1a over the UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}

/** MurmurHash3's finalizer: spreads near inputs over all 32 bits. */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Of all pods, the one with the highest is chosen. */
function scoreOf({ podId }: PodView, seed: number): number {
  return mix(seed ^ mix(podId + 1));
}

/**
 * The pod with the highest hash of uid and ordinal. All callers choose the same pod, and a pod that comes or goes moves only
 * the users it gains or loses. Ignores load. Without a uid it chooses at random.
 */
export const rendezvous: SelectionStrategy = {
  pick(pods, context) {
    if (context.uid === undefined) return random.pick(pods, context);
    const seed = hash(context.uid);
    let best: PodView | undefined;
    let highest = -1;
    for (const pod of pods) {
      const score = scoreOf(pod, seed);
      if (score > highest) {
        highest = score;
        best = pod;
      }
    }
    return best;
  },
  score: (pod, { uid }) => (uid === undefined ? undefined : scoreOf(pod, hash(uid))),
};
