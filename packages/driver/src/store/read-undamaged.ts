import { isRouteError } from '@stateful-route/core';

/** What was found of many users, and who was left out. */
export interface UndamagedRead<Found> {
  readonly found: Found;
  /** Users whose keys hold what cannot be read. */
  readonly damaged: ReadonlySet<string>;
  /** The store's refusal, which names them; `undefined` where there are none. */
  readonly refusal: unknown;
}

/**
 * Reads a batch without the users whose keys are damaged: the store names them when it refuses the batch. Rejects as `read`
 * does for any other reason.
 */
export async function readUndamaged<Found>(
  uids: readonly string[],
  read: (uids: readonly string[]) => Promise<Found>,
): Promise<UndamagedRead<Found>> {
  const damaged = new Set<string>();
  let refusal: unknown;
  for (let asked = uids; ; asked = asked.filter((uid) => !damaged.has(uid))) {
    try {
      return { found: await read(asked), damaged, refusal };
    } catch (error) {
      const known = damaged.size;
      if (isRouteError(error, 'STORE_ERROR')) for (const uid of error.damaged ?? []) damaged.add(uid);
      if (damaged.size === known) throw error;
      refusal = error;
    }
  }
}
