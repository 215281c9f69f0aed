import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { isAlive } from '@stateful-route/core';
import { ageMsOf, duration, notDrained, notSafeToStop } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { Progress } from '../output/progress.ts';
import { show } from '../output/show.ts';
import { patiently } from '../run/patience.ts';
import { pause } from '../run/pause.ts';
import { findPod, type NamedPod, readPods } from './target.ts';

const EVERY_MS = 500;

/** What can be waited for. */
export type Condition = 'drained' | 'safe-to-stop';

/** Every condition. */
export const CONDITIONS: readonly Condition[] = ['drained', 'safe-to-stop'];

/** Options of a wait. */
export interface AwaitOptions {
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/** Waits until a condition of a pod holds. */
export async function awaitPod(
  context: Context,
  named: NamedPod,
  condition: Condition,
  { timeoutMs = Number.POSITIVE_INFINITY }: AwaitOptions,
): Promise<void> {
  const { namespace, clock, streams } = context;
  const { podId } = named;
  const { serviceName: service } = await findPod(context, named);
  const began = clock.monotonic();
  using progress = new Progress(streams.err);
  let most = 0;
  for (;;) {
    const read = await patiently(context, () => readPods(context, service));
    const pod = read.pods.get(podId);
    const waitedMs = clock.monotonic() - began;
    const why = whyNot(condition, read, pod);
    if (why === undefined) {
      progress[Symbol.dispose]();
      const state = {
        namespace,
        service,
        podId,
        condition,
        users: pod?.users ?? 0,
        waitedMs: Math.round(waitedMs),
      };
      show(
        context,
        state,
        () => `${service}-${podId} is ${condition === 'drained' ? 'drained' : 'safe to stop'}.\n`,
      );
      return;
    }
    const users = pod?.users ?? 0;
    most = Math.max(most, users);
    progress.show(`users handed over: ${why}`, most - users, most);
    if (waitedMs >= timeoutMs) {
      throw new CommandEnd(
        EXIT.timeOver,
        `${service}-${podId} is not ${condition} after ${duration(waitedMs)}: ${why}.`,
        { service, podId, condition, why, users },
      );
    }
    await pause(Math.min(EVERY_MS, timeoutMs - waitedMs), context);
  }
}

function whyNot(
  condition: Condition,
  read: ServiceStateRead,
  pod: StatefulServiceState | undefined,
): string | undefined {
  // It has ended, and its entry was removed.
  if (!pod) return undefined;
  if (!isAlive(pod, ageMsOf(pod, read.storeTime)) && condition === 'drained' && (pod.users ?? 0) > 0) {
    return 'it does not beat any more';
  }
  return condition === 'drained' ? notDrained(pod) : notSafeToStop(read, pod);
}
