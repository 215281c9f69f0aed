import { setImmediate } from 'node:timers/promises';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { createStatefulRoute, silentLogger } from '@stateful-route/driver';

const PODS = 4;
const MAX_USERS = 50;
const AT_ONCE = 128;
/** Rounds between two releases, and how many users a pod releases then. */
const FULL_ROUNDS = 8;
const RELEASED = 45;

/** What came of claims of users that callers sent to pods without asking how full they are. */
export interface RacingClaims {
  readonly claimed: number;
  readonly refused: number;
  /** The most users that a pod ever held above its `maxUsers`. */
  readonly over: number;
}

/** Real drivers in memory: many claims at once race for few places, over and over. */
export async function raceForPlaces(claims: number): Promise<RacingClaims> {
  const executors = createMemoryExecutors();
  const routes = Array.from({ length: PODS }, (_, podId) =>
    createStatefulRoute({
      executors,
      namespace: 'bench',
      serviceName: 'room',
      podId,
      config: { maxUsers: MAX_USERS },
      logger: silentLogger,
    }),
  );
  await Promise.all(routes.map((route) => route.start()));
  let [claimed, refused, over] = [0, 0, 0];
  const claim = async (at: number): Promise<void> => {
    const { server } = routes[at % PODS]!;
    const result = await server.claim(`user-${at}`);
    if (result.claimed) claimed += 1;
    else refused += 1;
    over = Math.max(over, server.held().size - MAX_USERS);
  };
  const release = async (users: number): Promise<void> => {
    const each = routes.map(({ server }) =>
      Promise.all([...server.held()].slice(0, users).map((uid) => server.release(uid))),
    );
    await Promise.all(each);
  };
  for (let at = 0; at < claims; at += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, claims - at) }, (_, next) => claim(at + next)));
    // Heartbeats need their turn, too.
    await setImmediate();
    if ((at / AT_ONCE) % FULL_ROUNDS === 0) await release(RELEASED);
  }
  await release(MAX_USERS);
  await Promise.all(routes.map((route) => route.stop()));
  await executors.close();
  return { claimed, refused, over };
}
