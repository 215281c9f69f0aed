import type { Executors } from '@stateful-route/core';
import { Redis } from 'ioredis';
import { createRedisExecutors, safeRedisOptions } from '../../src/index.ts';

/** One command about keys, as it was handed to the client. */
export interface SentCommand {
  readonly name: string;
  readonly keys: readonly string[];
}

/** Executors on a client of their own, whose commands are seen. */
export interface CountedExecutors extends Executors {
  readonly client: Redis;
  /** The commands since this was last called. */
  sent(): SentCommand[];
}

/** What ends what a test has begun, when it is over. */
export type Ends = (() => Promise<unknown>)[];

export function countedExecutors(url: string, ends: Ends): CountedExecutors {
  const client = new Redis(url, safeRedisOptions());
  const commands: SentCommand[] = [];
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, ...more) => {
    const keys = command.getKeys().map(String);
    // Those that have none are the client's own.
    if (keys.length > 0) commands.push({ name: command.name, keys });
    return send(command, ...more);
  };
  const executors = createRedisExecutors({ client });
  ends.push(async () => {
    await executors.close();
    client.disconnect();
  });
  return { ...executors, client, sent: () => commands.splice(0) };
}

/** The same, connected, and knowing the server's time. */
export async function warmExecutors(url: string, ends: Ends): Promise<CountedExecutors> {
  const executors = countedExecutors(url, ends);
  await executors.stateful.getServiceState('warm', 'up');
  executors.sent();
  return executors;
}

/** The results of many calls made at once. */
export function together<T>(count: number, call: (at: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => call(at)));
}

/** What each of many calls made at once came to. */
export function outcomes(count: number, call: (at: number) => Promise<unknown>): Promise<unknown[]> {
  return together(count, (at) => call(at).catch((error: unknown) => error));
}
