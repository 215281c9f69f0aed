import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until something is there; rejects when it takes too long, with the last reason. Returns how long it took, in ms. */
export async function until(
  what: string,
  look: () => boolean | Promise<boolean>,
  { withinMs = 15_000, everyMs = 5 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<number> {
  const start = performance.now();
  let cause: unknown;
  for (;;) {
    try {
      if (await look()) return performance.now() - start;
    } catch (error) {
      cause = error;
    }
    if (performance.now() - start > withinMs)
      throw new Error(`${what}: not within ${withinMs} ms`, { cause });
    await sleep(everyMs);
  }
}
