import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how often `until` looks. */
export interface UntilOptions {
  /** Default: 15,000. */
  readonly withinMs?: number | undefined;
  /** Default: 10. */
  readonly everyMs?: number | undefined;
}

/**
 * Looks again and again until a look resolves with something true, and resolves with that.
 *
 * Rejects when that takes too long, with the last error of a look as its cause.
 */
export async function until<T>(
  what: string,
  look: () => T | false | undefined | Promise<T | false | undefined>,
  { withinMs = 15_000, everyMs = 10 }: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`, { cause });
    await sleep(everyMs);
  }
}

/** A server's answer, or `undefined` if it fails or takes longer than `ms`, as a stopped server does. */
export function answerWithin<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([answer.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}
