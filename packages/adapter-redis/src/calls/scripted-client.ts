import type { RedisClient, RedisPipeline } from '../client/redis-client.ts';
import { allScripts } from '../scripts/all-scripts.ts';
import type { AnyScript } from '../scripts/script.ts';

type Caller = (words: readonly string[]) => unknown;

/**
 * Makes every script a command of the client, under a name that nobody else uses. The client then sends a script's text
 * once per connection and its digest from then on, and the text again where a server has forgotten it.
 */
export function defineScripts(client: RedisClient): void {
  for (const { command, lua } of allScripts) {
    if (!(command in client)) client.defineCommand(command, { lua });
  }
}

/** Sends a script, with the number of keys, the keys and the arguments as words. */
export function callScript(
  client: RedisClient,
  script: AnyScript,
  words: readonly string[],
): Promise<unknown> {
  return commandOf(client, script)(words) as Promise<unknown>;
}

/** Adds a script to a pipeline that was made by a client with scripts. */
export function queueScript(pipeline: RedisPipeline, script: AnyScript, words: readonly string[]): void {
  commandOf(pipeline, script)(words);
}

function commandOf(target: RedisClient | RedisPipeline, script: AnyScript): Caller {
  return (target as unknown as Record<string, Caller>)[script.command]!.bind(target);
}
