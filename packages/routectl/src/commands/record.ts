import type { ReportedEvent } from '@stateful-route/core';
import { record as recordEvent } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { CommandEnd, statusOf } from '../run/exit-status.ts';

/** Writes down what was done. If that fails, what was done stays done, and the error says so. */
export async function record(
  { namespace, store, signal }: Context,
  serviceName: string,
  event: ReportedEvent,
): Promise<void> {
  const { executors } = store;
  assertRecorded(await recordEvent({ executors, namespace, serviceName, signal }, event), event);
}

/** @throws `CommandEnd` if something kept what was done out of the journal. */
export function assertRecorded(unrecorded: Error | undefined, event?: ReportedEvent): void {
  if (!unrecorded) return;
  throw new CommandEnd(
    statusOf(unrecorded),
    `It was done, but is not in the journal: ${unrecorded.message}`,
    { event },
  );
}
