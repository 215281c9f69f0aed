import type { Cluster } from 'ioredis';
import { vi } from 'vitest';

/** What is written to the sockets of a Cluster's masters while `run` runs: an entry for each write. */
export async function writtenToMasters(client: Cluster, run: () => Promise<unknown>): Promise<string[]> {
  const spies = client.nodes('master').map(({ stream }) => vi.spyOn(stream, 'write'));
  await run();
  const written = spies.flatMap((spy) => spy.mock.calls.map(([data]) => String(data)));
  for (const spy of spies) spy.mockRestore();
  return written;
}

/** How many commands a text has. */
export function commandCount(written: string): number {
  return written.match(/^\*\d+\r$/gm)?.length ?? 0;
}
