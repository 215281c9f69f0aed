import { newestRevision, NO_ROLLOUT, type Rollout, rolloutStep } from '@stateful-route/core/adapter';
import type { PodStates } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { NOW, pod } from './pod.ts';

const STALL_MS = 600_000;

/** Alive pods by their revisions: the ordinals ascend, `undefined` is a pod that is down. */
function alive(...revisions: readonly (string | undefined)[]): PodStates {
  const up = revisions.flatMap((revision, podId) =>
    revision === undefined ? [] : [[podId, pod({ podId, revision, incarnation: `${NOW}.run.0` })] as const],
  );
  return new Map(up);
}

/** What a reader finds newest after each of its snapshots, `everyMs` apart. */
function newest(everyMs: number, ...snapshots: readonly PodStates[]): (string | undefined)[] {
  let rollout: Rollout = NO_ROLLOUT;
  return snapshots.map((pods, at) => {
    const now = NOW + at * everyMs;
    rollout = rolloutStep(rollout, pods, now);
    return newestRevision(rollout, pods, now, STALL_MS);
  });
}

describe('the newest revision', () => {
  it('is that of the highest alive ordinal while two are alive', () => {
    expect(
      newest(1_000, alive('a', 'a', 'a'), alive('a', 'a'), alive('a', 'a', 'b'), alive('a', 'b', 'b')),
    ).toEqual([undefined, undefined, 'b', 'b']);
    expect(newest(1_000, alive('a', 'b', 'b'), alive('b', 'b', 'b'))).toEqual(['b', undefined]);
  });

  it('is none once it has gained no pod for updateStallMs', () => {
    const stuck = alive('a', 'a', 'b');
    expect(newest(STALL_MS / 2, stuck, stuck, stuck, alive('a', 'b', 'b'), stuck)).toEqual([
      'b',
      'b',
      undefined,
      'b',
      'b',
    ]);
  });

  it('is not kept by a pod that only restarts, as in a crash loop', () => {
    const crashing = [alive('a', 'a', 'b'), alive('a', 'a')];
    const loop = Array.from({ length: 8 }, (_, at) => crashing[at % 2]!);
    expect(newest(STALL_MS / 4, alive('a', 'a', 'a'), ...loop)).toEqual([
      undefined,
      'b',
      undefined,
      'b',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('changes back in a rollback', () => {
    expect(newest(1_000, alive('a', 'a', 'b'), alive('a', 'b', 'b'), alive('a', 'b', 'a'))).toEqual([
      'b',
      'b',
      'a',
    ]);
  });

  it('is none to a reader that starts long after the update stalled', () => {
    const pods = alive('a', 'b');
    const late = NOW + STALL_MS;
    expect(newestRevision(rolloutStep(NO_ROLLOUT, pods, late), pods, late, STALL_MS)).toBe(undefined);
    const early = late - 1;
    expect(newestRevision(rolloutStep(NO_ROLLOUT, pods, early), pods, early, STALL_MS)).toBe('b');
  });

  it('is none where pods do not say what they run', () => {
    const pods = new Map([...alive('a', 'a'), [2, pod({ podId: 2 })] as const]);
    expect(newest(1_000, pods)).toEqual([undefined]);
  });

  it('remembers no more than the ordinals and the revisions they had last', () => {
    let rollout: Rollout = NO_ROLLOUT;
    for (let at = 0; at < 100; at++) rollout = rolloutStep(rollout, alive('a', `b${at}`), NOW + at);
    expect([rollout.revisions.size, [...rollout.grewAt.keys()]]).toEqual([2, ['a', 'b99']]);
    expect(rolloutStep(rollout, alive('a', 'b99'), NOW + 200)).toBe(rollout);
  });
});
