import { join } from 'node:path';
import { testRedis } from '@stateful-route/testkit/redis';
import { expect, it, onTestFinished } from 'vitest';
import { mustRun } from '../src/run-command.ts';
import { fromSource, root } from '../src/workspace.ts';

/** How many files a newcomer should have to read to follow one call. */
const MOST = 25;

it('a call of a new user runs through few files, from the driver to Redis', async () => {
  const redis = await testRedis();
  onTestFinished(() => redis.stop());
  const program = join(import.meta.dirname, '../src/files-crossed.ts');
  const printed = await mustRun(process.execPath, [...fromSource, program, redis.url], { cwd: root });
  const { computeLinkedPod, claim } = JSON.parse(printed) as Record<'computeLinkedPod' | 'claim', string[]>;
  for (const files of [computeLinkedPod, claim]) {
    expect(files.length).toBeGreaterThan(5);
    // Shows the files where there are too many.
    expect(files.length <= MOST ? [] : files).toEqual([]);
  }
});
