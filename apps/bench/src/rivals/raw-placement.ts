import type { Cluster, Redis } from 'ioredis';

/** As little as a placement can be: the link is set if there is none, else read and renewed. */
const PLACE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return ARGV[1] end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[1])
`;

/** Places a user, given the key of the link, on a pod that was picked before; answers with the pod in force. */
export type RawPlacement = (key: string, podId: number, seconds: number) => Promise<string>;

/** Loads the script, which is then called by its digest. */
export async function rawPlacement(redis: Redis | Cluster): Promise<RawPlacement> {
  const masters = redis.isCluster ? (redis as Cluster).nodes('master') : [redis as Redis];
  const digests = await Promise.all(masters.map((master) => master.script('LOAD', PLACE)));
  const digest = String(digests[0]);
  return (key, podId, seconds) => redis.evalsha(digest, 1, key, podId, seconds) as Promise<string>;
}
