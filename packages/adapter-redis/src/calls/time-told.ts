import { serverOf } from '../client/cluster-slots.ts';
import { outcomesOf } from './item-outcomes.ts';
import type { RedisClient } from '../client/redis-client.ts';
import { callScript } from './scripted-client.ts';
import { getLinkedPod } from '../scripts/get-linked-pod.ts';
import type { StoreTime } from './server-clock.ts';

/**
 * Resolves when a write can be told its deadline by the clock of the server that holds a key; `undefined` when it can now.
 * A write that was sent before would be refused, and sent again behind what was called after it: reads wait as well.
 */
export function timeTold(
  client: RedisClient,
  time: StoreTime,
  key: string,
  writes: boolean,
): Promise<void> | undefined {
  const server = serverOf(client, key);
  const asked = time.asking(server);
  if (asked || !writes || time.now(server) !== undefined) return asked;
  return time.ask(server, async () => {
    const reply = await callScript(client, getLinkedPod, ['1', key]);
    return outcomesOf(reply).storeTime;
  });
}
