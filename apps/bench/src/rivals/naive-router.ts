import type { Cluster, Redis } from 'ioredis';

const SET_IF_ABSENT = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
`;

/** What it reads of a pod's details. */
interface PodInfo {
  readonly state: string;
  readonly routingState: string;
  readonly loadState: number;
}

/**
 * The router that one would write on an afternoon: it looks for the link and, where there is none, reads the pods, takes the
 * least loaded one, and sets the link unless somebody else was first. It remembers nothing and watches no lease.
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

  /** The pod of the user with this link. */
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
    // Beside the pods the hash has two fields of the service's own.
    if (podId.startsWith('@')) continue;
    const { state, routingState, loadState } = JSON.parse(text) as PodInfo;
    if (state !== 'READY' || routingState !== 'READY' || loadState >= least) continue;
    best = podId;
    least = loadState;
  }
  if (best === undefined) throw new Error('No pod can take a user.');
  return best;
}
