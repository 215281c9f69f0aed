/**
 * Saved documents, in a Redis of their own: one with `appendonly yes`, not the one that the pods and gateways share.
 *
 * It refuses what comes late from an earlier owner. Each owner of a document has a greater token than the one before: `open`
 * registers it, and from then on a write with a smaller one is refused.
 */
import { staleToken } from '@stateful-route/host';
import type { Redis } from 'ioredis';

/** Of a document: a hash with the token of its owner and the last saved Yjs update. */
const WRITE = `
  local seen = redis.call('HGET', KEYS[1], 'token')
  if seen and tonumber(seen) > tonumber(ARGV[1]) then return { seen } end
  redis.call('HSET', KEYS[1], 'token', unpack(ARGV))
  return { ARGV[1], #ARGV == 1 and redis.call('HGET', KEYS[1], 'update') }`;

export class DocumentStorage {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Registers the owner, and returns the update that was saved last. */
  open(name: string, token: number): Promise<Buffer | null> {
    return this.#write(name, token);
  }

  async save(name: string, token: number, update: Uint8Array): Promise<void> {
    await this.#write(name, token, 'update', Buffer.from(update));
  }

  async #write(name: string, token: number, ...fields: (string | Buffer)[]): Promise<Buffer | null> {
    const key = `document:${name}`;
    const reply = await this.#redis.callBuffer('EVAL', WRITE, 1, key, token, ...fields);
    const [seen, update] = reply as [Buffer, Buffer | null];
    if (Number(seen) > token) throw staleToken(Number(seen));
    return update;
  }
}
