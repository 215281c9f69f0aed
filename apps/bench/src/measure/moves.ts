/** Anything that maps users to pods. */
export interface Router {
  /** Changes the number of pods: new ones join, or the last ones leave. */
  readonly setPods: (count: number) => unknown;
  /** The pod of each user, by any name. */
  where(users: readonly string[]): readonly (string | number)[] | Promise<readonly (string | number)[]>;
}

/** How many users move when pods change. */
export interface Moves {
  /** The share of the users that move when a pod joins. */
  readonly join: number;
  /** The share that moves when a pod leaves. Its own users must. */
  readonly leave: number;
  /** The users of the fullest pod, over its fair share. */
  readonly peak: number;
}

/** Starts with `pods` pods each time: once a pod joins, once a pod leaves. */
export async function movesOf(router: Router, users: readonly string[], pods: number): Promise<Moves> {
  await router.setPods(pods);
  const before = await router.where(users);
  await router.setPods(pods + 1);
  const joined = await router.where(users);
  await router.setPods(pods);
  const again = await router.where(users);
  await router.setPods(pods - 1);
  const left = await router.where(users);
  return { join: moved(before, joined), leave: moved(again, left), peak: peakOverFair(before, pods) };
}

function moved(before: readonly (string | number)[], after: readonly (string | number)[]): number {
  return before.filter((pod, at) => pod !== after[at]).length / before.length;
}

function peakOverFair(where: readonly (string | number)[], pods: number): number {
  const users = new Map<string | number, number>();
  for (const pod of where) users.set(pod, (users.get(pod) ?? 0) + 1);
  return Math.max(...users.values()) / (where.length / pods);
}
