/** Something that tells users' pods. */
export interface Router {
  /** From now on there are so many pods: one has joined, or the last one has left. */
  readonly setPods: (count: number) => unknown;
  /** The users' pods, whatever they are called. */
  where(users: readonly string[]): readonly (string | number)[] | Promise<readonly (string | number)[]>;
}

/** How a router takes changes of its pods. */
export interface Moves {
  /** The share of the users whose pod is another one after a pod has joined. */
  readonly join: number;
  /** The same after a pod has left; at least its own users have to. */
  readonly leave: number;
  /** The users of the pod that has most, over its fair share. */
  readonly peak: number;
}

/** Lets a pod join a router, and lets one leave it; there are `pods` of them each time before. */
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
