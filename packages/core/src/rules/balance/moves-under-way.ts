/** Users that orders move from a pod (below 0) or to it, and that its heartbeats do not show yet. */
export interface MovesUnderWay {
  readonly users: number;
  /** Their work: see `PodShare`. It has the sign of `users`. */
  readonly work: number;
  /** How many users the pod had when the orders were given. */
  readonly from: number;
  /** The store's time at which they are over. */
  readonly until: number;
  /** Of a pod that gives users away: what it was told. */
  readonly to: readonly ToldMove[];
}

/** What a pod was told to give to another one. */
export interface ToldMove {
  readonly podId: number;
  readonly users: number;
  /** The work of so many users of the pod, and the most that may move. */
  readonly work: number;
  readonly mostWork: number;
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
 * What is under way to a pod once the order of another one is over. A pod sheds its heaviest users first, up to the most work:
 * if fewer went than were told, those few have all of it. If all went, they are taken to be like the others.
 *
 * @param done - the share of the users that went.
 */
export function afterOrder(moves: MovesUnderWay, told: ToldMove, done: number): MovesUnderWay | undefined {
  const users = moves.users - told.users * (1 - done);
  if (users <= 0) return undefined;
  const gone = done === 1 ? told.mostWork - told.work : done > 0 ? 0 : told.mostWork;
  return { ...moves, users, work: Math.max(0, moves.work - gone) };
}
