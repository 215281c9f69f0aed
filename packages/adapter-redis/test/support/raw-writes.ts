import type { ExecutorsSubject } from '@stateful-route/testkit/conformance';
import type { Cluster, Redis } from 'ioredis';

type RawWrites = NonNullable<ExecutorsSubject['raw']>;

/** The older sides, and a person at a console, on any client that reaches the keys. */
export function rawWrites(redis: Redis | Cluster): RawWrites {
  const link = (ns: string, uid: string, service: string): string => `sf:{${ns}:lk:${uid}}${service}`;
  const links = (ns: string, uid: string): string => `sf:{${ns}:lk:${uid}}`;
  return {
    async setIntent(ns, service, podId, word) {
      await redis.hset(`sf:{${ns}:state:${service}}:intent`, String(podId), word);
    },
    async setWord(ns, service, podId, word) {
      const words = `sf:{${ns}:state:${service}}`;
      if (word === undefined) await redis.hdel(words, String(podId));
      else await redis.hset(words, String(podId), word);
    },
    async removeLink(ns, uid, service) {
      await redis.del(link(ns, uid, service));
      await redis.hdel(links(ns, uid), service);
    },
    async setClaim(ns, uid, service, podId) {
      await redis.set(link(ns, uid, service), podId);
      await redis.hset(links(ns, uid), service, podId);
    },
  };
}
