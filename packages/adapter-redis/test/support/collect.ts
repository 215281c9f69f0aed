import type { ScanPage } from '@stateful-route/core/adapter';

/** All that a scan finds. */
export async function collect<T>(pages: AsyncIterable<ScanPage<T>>): Promise<T[]> {
  const all: T[] = [];
  for await (const { found } of pages) all.push(...found);
  return all;
}
