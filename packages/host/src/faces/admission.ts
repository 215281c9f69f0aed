import { isRouteError, NOT_MINE } from '@stateful-route/core';
import type { Host, Stay } from '../host.ts';
import { type Refusal, refusalOf, withoutUid } from './refusal.ts';

/** What a face needs of a host. */
export type Enterable<State> = Pick<Host<State>, 'enter'>;

/** The outcome of one that wants in. Neither: the client went away meanwhile. */
export interface Admission<State> {
  readonly stay?: Stay<State> | undefined;
  readonly refusal?: Refusal | undefined;
}

/**
 * Enters the user that `uidOf` names. Rejects only with what `uidOf` threw.
 *
 * @param gone - fires when the client no longer waits; a stay that comes later ends at once.
 */
export async function admit<State>(
  host: Enterable<State>,
  uidOf: () => string | undefined | Promise<string | undefined>,
  gone: AbortSignal,
): Promise<Admission<State>> {
  let uid: string | undefined;
  try {
    uid = await uidOf();
  } catch (error) {
    if (isRouteError(error, 'INVALID_PARAMETER')) return { refusal: refusalOf(error) };
    throw error;
  }
  if (gone.aborted) return {};
  if (uid === undefined) return { refusal: withoutUid };
  try {
    const stay = await host.enter(uid, { signal: gone });
    if (stay === NOT_MINE) return { refusal: refusalOf(NOT_MINE) };
    if (!gone.aborted) return { stay };
    stay.leave();
    return {};
  } catch (error) {
    return gone.aborted ? {} : { refusal: refusalOf(error) };
  }
}
