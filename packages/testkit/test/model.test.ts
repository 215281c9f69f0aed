import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { ServerExecutor } from '@stateful-route/core/adapter';
import { describeModel } from '@stateful-route/testkit/model';
import { describe, expect, it } from 'vitest';
import { firstFailure } from './collect.ts';

/** Runs the model against an adapter with another server port. */
function run(
  runs: number,
  replace: (inner: ServerExecutor) => Partial<ServerExecutor>,
): Promise<string | undefined> {
  return firstFailure((framework) =>
    describeModel(framework, {
      name: 'replaced',
      runs,
      seed: 42,
      create: () => {
        const executors = createMemoryExecutors();
        const server = { ...executors.server, ...replace(executors.server) };
        return { executors: { ...executors, server }, close: () => executors.close() };
      },
    }),
  );
}

describe('describeModel', () => {
  it('prints the seed and a short history that fails', async () => {
    const failure = await run(1_000, () => ({ getServiceNameByTag: async () => 'lobby' }));
    expect(failure).toContain('answers 1000 random histories as the model does');
    expect(failure).toContain('seed: 42');
    const calls = failure?.match(/"call":"\w+"/g) ?? [];
    expect(calls).toContain('"call":"getServiceNameByTag"');
    expect(calls.length).toBeLessThan(5);
  });

  it('runs as many histories as requested, each in its own namespace', async () => {
    const namespaces = new Set<string>();
    const failure = await run(37, (inner) => ({
      listServices: (ns) => {
        namespaces.add(ns);
        return inner.listServices(ns);
      },
    }));
    expect(failure).toBeUndefined();
    expect(namespaces.size).toBe(37);
  });
});
