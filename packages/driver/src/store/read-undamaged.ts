import { isRouteError } from '@stateful-route/core';

/** What was read of many users, and which users were left out. */
export interface UndamagedRead<Found> {
  readonly found: Found;
  /** Users whose keys hold values that cannot be read. */
  readonly damaged: ReadonlySet<string>;
  /** The store's error that names them; `undefined` if there are none. */
  readonly refusal: unknown;
}

/**
 * Reads a batch without the users whose keys are damaged: the store names them when it refuses the batch. Any other error of
 * `read` is passed on.
 */
export async function readUndamaged<Found>(
  uids: readonly string[],
  read: (uids: readonly string[]) => Promise<Found>,
): Promise<UndamagedRead<Found>> {
  const damaged = new Set<string>();
  let refusal: unknown;
  for (let readable = uids; ; readable = readable.filter((uid) => !damaged.has(uid))) {
    try {
      return { found: await read(readable), damaged, refusal };
    } catch (error) {
      const known = damaged.size;
      if (isRouteError(error, 'STORE_ERROR')) for (const uid of error.damaged ?? []) damaged.add(uid);
      if (damaged.size === known) throw error;
      refusal = error;
    }
  }
}
