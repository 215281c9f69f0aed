import type { Cluster, Redis } from 'ioredis';

const SET_IF_ABSENT = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
`;

/** The fields that the router reads of a pod's details. */
interface PodInfo {
  readonly state: string;
  readonly routingState: string;
  readonly loadState: number;
}

/**
 * The router that one would write in an afternoon. It reads the link. If there is none, it reads the pods, picks the least loaded
 * one and sets the link if it is still absent. It has no cache and checks no lease.
 */
export class NaiveRouter {
  readonly #redis: Redis | Cluster;
  readonly #podsKey: string;
  readonly #linkSeconds: number;

  constructor(redis: Redis | Cluster, podsKey: string, linkSeconds: number) {
    this.#redis = redis;
    this.#podsKey = podsKey;
    this.#linkSeconds = linkSeconds;
  }

  /** The pod of the user whose link has this key. */
  async route(linkKey: string): Promise<number> {
    const known = await this.#redis.get(linkKey);
    if (known !== null) return Number(known);
    const pods = await this.#redis.hgetall(this.#podsKey);
    const podId = leastLoaded(pods);
    const inForce = await this.#redis.eval(SET_IF_ABSENT, 1, linkKey, podId, this.#linkSeconds);
    return Number(inForce);
  }
}

function leastLoaded(pods: Readonly<Record<string, string>>): string {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [podId, text] of Object.entries(pods)) {
    // Fields that begin with @ are about the service.
    if (podId.startsWith('@')) continue;
    const { state, routingState, loadState } = JSON.parse(text) as PodInfo;
    if (state !== 'READY' || routingState !== 'READY' || loadState >= least) continue;
    best = podId;
    least = loadState;
  }
  if (best === undefined) throw new Error('No pod can take a user.');
  return best;
}
