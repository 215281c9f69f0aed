import type { Clock, DrainReport } from '@stateful-route/core';
import type { LimitedLogger } from '@stateful-route/core/adapter';
import type { RouteConfig } from '../config/route-config.ts';
import { pause } from '../waiting/pause.ts';
import type { PodRun } from './pod-run.ts';

/** How many claims are removed at a time. */
const REMOVE_BATCH = 100;

/** What the end of a run depends on. */
export interface EndRunParts {
  readonly clock: Clock;
  readonly config: RouteConfig;
  readonly logger: LimitedLogger;
  /** Hands users over, for at most so many ms. */
  readonly drain: (budgetMs: number) => Promise<DrainReport>;
  /** Resolves when the ends of drains and orders are written. */
  readonly written: () => Promise<unknown>;
  /** Nobody is held any more. */
  readonly onStopped: () => void;
}

/**
 * Ends a run within `drainTimeoutMs`: drains, stops serving, removes the claims that are left, and sends a last heartbeat.
 * The last `timeoutMs` are reserved for that heartbeat, even if the store hangs.
 */
export async function endRun(
  run: PodRun,
  { clock, config, logger, drain, written, onStopped }: EndRunParts,
): Promise<DrainReport> {
  const endAt = clock.monotonic() + config.drainTimeoutMs;
  const leftMs = (keptMs: number): number => Math.max(0, endAt - clock.monotonic() - keptMs);
  // A fenced pod hands nobody over and waits for nothing: its users may belong to others.
  const report =
    run.present === 0 || run.isFenced
      ? { left: run.present, unsaved: [] }
      : await drain(leftMs(config.timeoutMs));
  const isFenced = run.isFenced;
  const left = run.registry.claimsIn('held', 'raising', 'moving', 'waiting', 'suspended');
  run.stopServing();
  onStopped();
  const over = new AbortController();
  const removeLeft = async (): Promise<void> => {
    if (config.leftover !== 'release') return;
    for (let at = 0; at < left.length && !over.signal.aborted; at += REMOVE_BATCH) {
      const some = left.slice(at, at + REMOVE_BATCH);
      await Promise.all(some.map(({ uid, token }) => run.ends.removeClaim(uid, token)));
    }
  };
  const removed = removeLeft().catch((error: unknown) => {
    // The last heartbeat ends the lease, so callers take these users over.
    logger.warn({ err: error, users: left.length }, 'some claims were not removed');
  });
  const tidied = Promise.all([removed, written()]);
  const within = (ms: number): Promise<unknown> => Promise.race([tidied, pause(clock, ms, over.signal)]);
  // A fenced pod may not reach the store: it waits only for its last heartbeat.
  if (!isFenced) await within(leftMs(config.timeoutMs));
  const lastMs = Math.max(1, Math.min(config.timeoutMs, leftMs(0)));
  await Promise.all([run.end(lastMs), within(isFenced ? lastMs : leftMs(0))]);
  over.abort();
  return report;
}
