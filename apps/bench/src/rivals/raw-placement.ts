import type { Cluster, Redis } from 'ioredis';

/** The shortest script that places a user: sets the link if it is absent, else renews and reads it. */
const PLACE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return ARGV[1] end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[1])
`;

/** Places a user, by the key of the link, on this pod; resolves with the pod of the link. */
export type RawPlacement = (key: string, podId: number, seconds: number) => Promise<string>;

/** Loads the script; calls use its digest. */
export async function rawPlacement(redis: Redis | Cluster): Promise<RawPlacement> {
  const masters = redis.isCluster ? (redis as Cluster).nodes('master') : [redis as Redis];
  const digests = await Promise.all(masters.map((master) => master.script('LOAD', PLACE)));
  const digest = String(digests[0]);
  return (key, podId, seconds) => redis.evalsha(digest, 1, key, podId, seconds) as Promise<string>;
}
