import type { Profiler } from 'node:inspector';
import { CommanderError } from '@stateful-route/lab/command-line';
import { describe, expect, it } from 'vitest';
import { parseProfileOptions } from '../src/cli/profile-options.ts';
import { inLab } from '../src/lab/bench-lab.ts';
import { standalone } from '../src/lab/stores.ts';
import { profileSide } from '../src/profile/profile-side.ts';
import { byPackage, selfTimes } from '../src/profile/self-times.ts';
import { lookUpWork } from '../src/work/look-ups.ts';

function node(id: number, functionName: string, url: string, lineNumber = 0): Profiler.ProfileNode {
  return { id, callFrame: { functionName, url, lineNumber, columnNumber: 0, scriptId: '0' } };
}

describe('self times', () => {
  const ioredis = 'file:///here/node_modules/.pnpm/ioredis@6.0.0/node_modules/ioredis/built/Command.js';
  const adapter = 'file:///here/packages/adapter-redis/dist/calls/call.js';
  const profile: Profiler.Profile = {
    nodes: [
      node(1, '(root)', ''),
      node(2, 'write', ioredis, 41),
      node(3, 'send', adapter, 6),
      // The same function, called by another one.
      node(4, 'write', ioredis, 41),
      node(5, '(garbage collector)', ''),
      node(6, '(idle)', ''),
      node(7, '', 'node:events', 9),
      node(8, 'keys', 'file:///here/node_modules/@ioredis/commands/built/index.js'),
    ],
    startTime: 0,
    endTime: 1_000,
    samples: [2, 3, 4, 5, 6, 7, 8],
    timeDeltas: [10, 35, 40, 5, 800, 3, 2],
  };

  it('are those of each function, wherever it was called, without idle time', () => {
    expect(selfTimes(profile)).toEqual([
      { name: 'write', place: 'ioredis/built/Command.js:42', us: 50 },
      { name: 'send', place: 'adapter-redis/dist/calls/call.js:7', us: 35 },
      { name: '(garbage collector)', place: '', us: 5 },
      { name: '(anonymous)', place: 'node/events:10', us: 3 },
      { name: 'keys', place: '@ioredis/commands/built/index.js:1', us: 2 },
    ]);
  });

  it('are added up by package', () => {
    const packages = byPackage(selfTimes(profile)).map(({ name, us }) => [name, us]);
    expect(packages).toEqual([
      ['ioredis', 50],
      ['adapter-redis', 35],
      ['(garbage collector)', 5],
      ['node', 3],
      ['@ioredis/commands', 2],
    ]);
  });

  it('of a side come with what a call costs', async () => {
    await inLab({}, async (lab) => {
      const store = await standalone(lab);
      const { raw } = await (await lookUpWork(lab, store, 0.01)).sides({ callers: 8, forMs: 50 });
      const { calls, callerUs, serversUs, profile: taken } = await profileSide(raw, 2, store.bare.raw);
      expect(calls).toBeGreaterThanOrEqual(2 * 64);
      expect(callerUs).toBeGreaterThan(0);
      expect(serversUs).toBeGreaterThanOrEqual(0);
      expect(byPackage(selfTimes(taken)).map(({ name }) => name)).toContain('ioredis');
    });
  });
});

describe('the command line of a profile', () => {
  const output = { out: () => {}, err: () => {} };

  it('profiles our calls, 512 in flight', () => {
    expect(parseProfileOptions(['placements'], output)).toEqual({
      calls: 'placements',
      side: 'ours',
      inFlight: 512,
      seconds: 4,
      top: 30,
      cluster: false,
      json: false,
    });
  });

  it.each([
    [[]],
    [['picks']],
    [['claims', '--in-flight', '0']],
    [['claims', '--cluster', '--url', 'redis://a']],
  ])('refuses %j', (args) => {
    expect(() => parseProfileOptions(args, output)).toThrow(CommanderError);
  });
});
