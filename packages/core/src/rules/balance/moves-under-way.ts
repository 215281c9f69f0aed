/** Users that orders move from a pod (below 0) or to it, and that its heartbeats do not show yet. */
export interface MovesUnderWay {
  readonly users: number;
  /** Their work: see `PodShare`. It has the sign of `users`. */
  readonly work: number;
  /** How many users the pod had when the orders were given. */
  readonly from: number;
  /** The store's time at which they are over. */
  readonly until: number;
  /** Of a pod that gives users away: to whom. */
  readonly to: readonly { readonly podId: number; readonly users: number; readonly work: number }[];
}

/** How many users are still to come (above 0) or to go. */
export function unseenUsers({ users, from }: MovesUnderWay, usersNow: number): number {
  const came = usersNow - from;
  return users > 0 ? users - clamp(came, 0, users) : users - clamp(came, users, 0);
}

/** The work of those users. */
export function unseenWork(moves: MovesUnderWay, usersNow: number): number {
  return moves.users === 0 ? 0 : (moves.work * unseenUsers(moves, usersNow)) / moves.users;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** What is under way with more moves of a pod. */
export function withMoves(before: MovesUnderWay | undefined, more: MovesUnderWay): MovesUnderWay {
  if (!before) return more;
  return {
    from: more.from,
    users: unseenUsers(before, more.from) + more.users,
    work: unseenWork(before, more.from) + more.work,
    until: Math.max(before.until, more.until),
    to: [...before.to, ...more.to],
  };
}

/**
 * What is under way to a pod once an order of another pod is over, by which fewer users went than it was told. A pod sheds its
 * heaviest users first, so those few have all of the work; if none went, none of it comes.
 */
export function withoutUndone(
  moves: MovesUnderWay,
  told: { readonly users: number; readonly work: number },
  done: number,
): MovesUnderWay | undefined {
  const users = moves.users - told.users * (1 - done);
  if (users <= 0) return undefined;
  return { ...moves, users, work: done > 0 ? moves.work : Math.max(0, moves.work - told.work) };
}
