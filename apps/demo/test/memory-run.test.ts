import type { Executors } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import type { DemoOptions } from '../src/cli/options.ts';
import { startMemoryFleet } from '../src/memory/memory-fleet.ts';
import { isRight, type Result } from '../src/report/result.ts';
import { runDemo } from '../src/run-demo.ts';

const story: DemoOptions = {
  pods: 5,
  gateways: 2,
  strategy: 'power-of-two',
  seed: 1,
  json: true,
  stay: false,
  serve: false,
  port: 0,
  drain: 3,
  kill: 2,
};

async function run(
  options: Partial<DemoOptions> = {},
  disturb?: (executors: Executors) => Executors,
): Promise<{ result: Result; lines: string[] }> {
  const lines: string[] = [];
  const result = await runDemo(
    { ...story, ...options },
    {
      print: (line) => lines.push(line),
      warn: (line) => lines.push(line),
      signal: new AbortController().signal,
      startFleet: (fleet) => startMemoryFleet(fleet, { disturb }),
    },
  );
  return { result, lines };
}

describe('a run in memory', () => {
  it('serves each user on one pod while a pod is drained and another one dies', async () => {
    const { result, lines } = await run();
    expect(result).toEqual({
      requests: 600,
      users: expect.any(Number),
      served: 600,
      failed: 0,
      misroutes: 0,
      doubleOwners: 0,
      relinked: expect.any(Number),
      malformed: 0,
      pods: [0, 1, 2, 3, 4].map((podId) => ({
        podId,
        users: expect.any(Number),
        requests: expect.any(Number),
      })),
      roundTrips: { total: expect.any(Number), perFirstRoute: 1, perRepeat: 0 },
      seconds: expect.any(Number),
      seed: 1,
    });
    expect(isRight(result)).toBe(true);
    expect(result.relinked).toBeGreaterThan(0);
    expect(result.pods.reduce((sum, { requests }) => sum + requests, 0)).toBe(600);
    const count = lines.join('\n');
    expect(count).toContain('pod 3 is drained; it holds');
    expect(count).toContain('pod 2 dies; it held');
    expect(count).toMatch(/\w+: pod 3 -> pod \d, as pod 3 was drained/);
    expect(count).toMatch(/\w+: pod 2 -> pod \d, as pod 2 died/);
    expect(lines.length).toBeLessThan(60);
  });

  it('is the same for the same seed, and different for another one', async () => {
    const [first, again, other] = [await run(), await run(), await run({ seed: 2 })];
    expect(again.lines.slice(0, -1)).toEqual(first.lines.slice(0, -1));
    expect(other.lines).not.toEqual(first.lines);
    expect(isRight(other.result)).toBe(true);
  });

  it.each(['least-loaded', 'round-robin', 'weighted', 'rendezvous', 'random'] as const)(
    'has no violation with the strategy %s',
    async (strategy) => {
      const { result } = await run({ strategy });
      expect(result).toMatchObject({ served: 600, misroutes: 0, doubleOwners: 0 });
    },
  );

  it('moves no users when nothing happens to a pod', async () => {
    const { result } = await run({ kill: undefined, drain: undefined });
    expect(result).toMatchObject({ served: 600, relinked: 0 });
  });

  it('can drain and then kill the same pod, also pod 0', async () => {
    for (const options of [
      { kill: 4, drain: 4 },
      { kill: 0, drain: 1 },
      { kill: 1, drain: 0 },
    ]) {
      expect((await run(options)).result).toMatchObject({ served: 600, misroutes: 0, doubleOwners: 0 });
    }
  });
});

describe('what a run observes', () => {
  /** A directory that grants every claim. */
  const grantsAll = (executors: Executors): Executors =>
    decorateExecutors(executors, async ({ method, args, options, run }) => {
      const reply = await run(options);
      return method === 'trySetLinkedPod' ? { linked: true, podId: args[3], token: 1 } : reply;
    });
  /** A directory that sends users to any pod. */
  const sendsAnywhere = (executors: Executors): Executors => {
    let asked = 0;
    return decorateExecutors(executors, async ({ method, options, run }) => {
      if (method !== 'setLinkedPodIfAbsent') return run(options);
      asked += 1;
      return { podId: asked % 5, permanent: true, created: false };
    });
  };

  it('finds double owners and misroutes if claims exclude nobody', async () => {
    const { result } = await run({}, (executors) => grantsAll(sendsAnywhere(executors)));
    expect(result.doubleOwners).toBeGreaterThan(0);
    expect(result.misroutes).toBeGreaterThan(0);
    expect(isRight(result)).toBe(false);
  });

  it('finds misroutes if a pod serves users of another pod', async () => {
    const forgetsClaims = (executors: Executors): Executors =>
      decorateExecutors(executors, async ({ method, args, options, run }) =>
        method === 'trySetLinkedPod' ? { linked: true, podId: args[3], token: 1 } : run(options),
      );
    const { result } = await run({ kill: undefined, drain: undefined }, forgetsClaims);
    expect(result.misroutes).toBe(600);
    expect(isRight(result)).toBe(false);
  });

  it("finds failures if a dead pod's users are never taken over", async () => {
    const neverReplaces = (executors: Executors): Executors =>
      decorateExecutors(executors, async ({ method, args, options, run }) =>
        method === 'replaceLinkedPod' ? { linked: false, podId: args[3] } : run(options),
      );
    const { result } = await run({ drain: undefined }, neverReplaces);
    expect(result.failed).toBeGreaterThan(0);
    expect(result.served).toBe(600 - result.failed);
    expect(isRight(result)).toBe(false);
  });
});
