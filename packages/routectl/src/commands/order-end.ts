import type { JournalEntry, PodOrder } from '@stateful-route/core';
import type { Context } from '../run/context.ts';
import { Progress } from '../output/progress.ts';
import { patiently } from '../run/patience.ts';
import { pause } from '../run/pause.ts';

const EVERY_MS = 200;
/** An order that is begun in the last moment ends so much later at most. */
const GRACE_MS = 2_000;

/** An order whose end is waited for. */
export interface GivenOrder {
  readonly service: string;
  readonly podId: number;
  readonly order: PodOrder;
  /** The end of the journal before the order was given. */
  readonly after: string;
  /** From now until the order's `until`. */
  readonly timeoutMs: number;
}

/** An order's end, as the journal has it. */
export type OrderEnd = Extract<JournalEntry, { readonly type: 'order-ended' }>;

/** Waits until an order has ended; `undefined` if it has not in time. */
export async function endOfOrder(
  context: Context,
  { service, podId, order, after, timeoutMs }: GivenOrder,
): Promise<OrderEnd | undefined> {
  const { namespace, store, clock, streams, signal } = context;
  const what = `s: ${service}-${podId} carries the order out`;
  const began = clock.monotonic();
  using progress = new Progress(streams.err);
  let cursor = after;
  for (;;) {
    const filter = { podId, types: ['order-ended'], after: cursor, signal } as const;
    const page = await patiently(context, () =>
      store.executors.server.readJournal(namespace, service, filter),
    );
    const end = page.entries.find(
      (entry): entry is OrderEnd => entry.type === 'order-ended' && entry.orderId === order.id,
    );
    if (end) return end;
    cursor = page.after;
    const waitedMs = clock.monotonic() - began;
    if (waitedMs >= timeoutMs + GRACE_MS) return undefined;
    progress.show(what, Math.floor(waitedMs / 1_000), Math.ceil(timeoutMs / 1_000));
    await pause(EVERY_MS, context);
  }
}
