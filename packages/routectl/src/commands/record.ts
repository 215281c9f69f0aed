import type { ReportedEvent } from '@stateful-route/core';
import type { Context } from '../run/context.ts';
import { CommandEnd, statusOf } from '../run/exit-status.ts';

/** Writes down what was done. If that fails, what was done stays done, and the error says so. */
export async function record(
  { namespace, store, signal }: Context,
  service: string,
  event: ReportedEvent,
): Promise<void> {
  try {
    await store.executors.server.writeJournal(namespace, service, event, { signal });
  } catch (error) {
    const { message } = error as Error;
    throw new CommandEnd(statusOf(error), `It was done, but is not in the journal: ${message}`, { event });
  }
}
