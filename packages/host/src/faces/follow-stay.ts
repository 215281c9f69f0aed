import { onAbort } from '@stateful-route/core/adapter';
import type { Closed, Stay } from '../host.ts';

/** What a socket does as its user leaves this pod. */
export interface Follower {
  /** The user leaves: read no more. */
  readonly pause: () => void;
  /** The user was saved and has moved, or was lost: close. */
  readonly close: (closed: Closed) => void;
}

/** The stays of an entity share one promise. It gets one callback however many sockets come and go. */
const followersOf = new WeakMap<Promise<Closed>, Set<Follower>>();

/** Tells a socket as its user leaves. Returns the function that ends it: call it when the socket has closed. */
export function followStay(stay: Pick<Stay<unknown>, 'signal' | 'closed'>, follower: Follower): () => void {
  const { closed, signal } = stay;
  const known = followersOf.get(closed);
  const followers = known ?? new Set();
  followers.add(follower);
  if (!known) {
    followersOf.set(closed, followers);
    void closed.then((how) => {
      followersOf.delete(closed);
      for (const each of followers) closeOne(each, how);
    });
  }
  const off = onAbort(signal, follower.pause);
  return () => {
    off();
    followers.delete(follower);
  };
}

function closeOne(follower: Follower, how: Closed): void {
  try {
    follower.close(how);
  } catch (error) {
    // The other sockets are to be closed as well.
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
