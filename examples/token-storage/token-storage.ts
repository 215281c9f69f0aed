/**
 * Storage that refuses earlier owners: `open` and `save` of a host, on Redis. Any database can do it that compares and writes in
 * one step: it keeps the highest token beside the state, and refuses smaller ones. So once an owner has opened the state,
 * writes of earlier owners fail: of a paused process, of one cut off from the directory, of one whose claim a failover lost.
 */
import { type OpenContext, type SaveContext, staleToken } from '@stateful-route/host';
import type { Redis } from 'ioredis';

/** Registers the token, stores the state if one is given, and returns the stored one; or returns the greater token. */
const SCRIPT = `
  local seen = redis.call('HGET', KEYS[1], 'token')
  if seen and tonumber(seen) > tonumber(ARGV[2]) then return { seen } end
  redis.call('HSET', KEYS[1], unpack(ARGV))
  return { false, redis.call('HGET', KEYS[1], 'state') }`;

export function tokenStorage<State>(redis: Redis, name: string, initial: () => State) {
  const call = async (uid: string, token: number, ...state: string[]) => {
    const reply = await redis.eval(SCRIPT, 1, `${name}:${uid}`, 'token', token, ...state);
    const [seen, stored] = reply as [string | null, string | null];
    if (seen) throw staleToken(Number(seen));
    return stored ? (JSON.parse(stored) as State) : initial();
  };
  return {
    open: ({ uid, token }: OpenContext) => call(uid, token),
    save: async ({ uid, token, state }: SaveContext<State>) => {
      await call(uid, token, 'state', JSON.stringify(state));
    },
  };
}
