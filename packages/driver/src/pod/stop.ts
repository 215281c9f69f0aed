import type { Clock, DrainReport } from '@stateful-route/core';
import type { LimitedLogger } from '@stateful-route/core/adapter';
import type { RouteConfig } from '../config/route-config.ts';
import { pause } from '../waiting/pause.ts';
import type { PodRun } from './pod-run.ts';

/** How many claims are removed at a time. */
const REMOVE_BATCH = 100;

/** What the end of a run stands on. */
export interface EndRunParts {
  readonly clock: Clock;
  readonly config: RouteConfig;
  readonly logger: LimitedLogger;
  /** Hands over whom it can, within so many ms. */
  readonly drain: (budgetMs: number) => Promise<DrainReport>;
}

/**
 * Ends a run within `drainTimeoutMs` for all of it: drains, fences, gives back what is left, and says that the pod's life is
 * over. The last `timeoutMs` are kept for that, also where the store hangs.
 */
export async function endRun(
  run: PodRun,
  { clock, config, logger, drain }: EndRunParts,
): Promise<DrainReport> {
  const endAt = clock.monotonic() + config.drainTimeoutMs;
  const leftMs = (keptMs: number): number => Math.max(0, endAt - clock.monotonic() - keptMs);
  // A fenced pod offers nobody and waits for nothing: its users are not its to hand over.
  const report =
    run.present === 0 || run.isFenced
      ? { left: run.present, unsaved: [] }
      : await drain(leftMs(config.timeoutMs));
  const isFenced = run.isFenced;
  const left = run.registry.claimsIn('held', 'raising', 'moving', 'waiting', 'suspended');
  run.stopServing();
  const over = new AbortController();
  const giveBack = async (): Promise<void> => {
    if (config.leftover !== 'release') return;
    for (let at = 0; at < left.length && !over.signal.aborted; at += REMOVE_BATCH) {
      const some = left.slice(at, at + REMOVE_BATCH);
      await Promise.all(some.map(({ uid, token }) => run.ends.removeClaim(uid, token)));
    }
  };
  const givenBack = giveBack().catch((error: unknown) => {
    // The pod's end ends its lease: callers take these users over.
    logger.warn({ err: error, users: left.length }, 'not every claim was given back');
  });
  const within = (ms: number): Promise<void> => Promise.race([givenBack, pause(clock, ms, over.signal)]);
  // The store may be away from a fenced pod: it waits no longer than for its last heartbeat.
  if (!isFenced) await within(leftMs(config.timeoutMs));
  const lastMs = Math.max(1, Math.min(config.timeoutMs, leftMs(0)));
  await Promise.all([run.end(lastMs), within(isFenced ? lastMs : leftMs(0))]);
  over.abort();
  return report;
}
