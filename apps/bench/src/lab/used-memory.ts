import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';

const LOOK_EVERY_MS = 150;
const LOOKS_MAX = 60;
const STEADY_LOOKS = 3;

/**
 * The bytes that a server has allocated (`used_memory`), once they no longer fall: hash tables are rehashed in the background,
 * and buffers of idle connections shrink.
 */
export async function usedMemory(client: Redis): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let steady = 0;
  for (let look = 0; look < LOOKS_MAX && steady < STEADY_LOOKS; look++) {
    await setTimeout(LOOK_EVERY_MS);
    const info = await client.info('memory');
    const bytes = Number(/used_memory:(\d+)/.exec(info)?.[1]);
    steady = bytes < least ? 0 : steady + 1;
    least = Math.min(least, bytes);
  }
  return least;
}
