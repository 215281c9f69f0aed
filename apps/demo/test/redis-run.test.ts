import { type TestRedis, testRedis } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../src/report/result.ts';
import { runProgram, startProgram } from '@stateful-route/lab/process';

const DEMO = 'apps/demo/src/main.ts';
const SLOW = 120_000;

let redis: TestRedis;
let client: Redis;
beforeAll(async () => {
  redis = await testRedis();
  client = new Redis(redis.url);
}, SLOW);
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

/** The keys of the run with this output. */
async function keysOf(out: string): Promise<string[]> {
  const [namespace] = /demo-[\w-]+/.exec(out)!;
  const found: string[] = [];
  for await (const keys of client.scanStream({ match: `sf:{${namespace}:*`, count: 1_000 })) {
    found.push(...(keys as string[]));
  }
  return found;
}

describe('a run on Redis, with every pod a process', () => {
  it(
    'serves each user on one pod, and leaves no keys',
    async () => {
      const { status, out, err } = await runProgram(DEMO, [
        '--redis',
        redis.url,
        '--pods',
        '4',
        '--drain',
        '0',
        '--kill',
        '3',
        '--json',
      ]);
      expect(err).toBe('');
      const result = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Result;
      expect(result).toMatchObject({
        requests: 600,
        served: 600,
        failed: 0,
        misroutes: 0,
        doubleOwners: 0,
        roundTrips: { perFirstRoute: 1, perRepeat: 0 },
      });
      expect(result.relinked).toBeGreaterThan(0);
      expect(out).toMatch(/as pod 0 was drained/);
      expect(out).toMatch(/as pod 3 died/);
      expect(status).toBe(0);
      expect(await keysOf(out)).toEqual([]);
    },
    SLOW,
  );

  it(
    'ends its processes and removes its keys when it is interrupted',
    async () => {
      const demo = startProgram(DEMO, ['--redis', redis.url, '--pods', '3']);
      await expect.poll(demo.out, { timeout: 60_000 }).toContain('-> pod');
      expect(await keysOf(demo.out())).not.toEqual([]);
      demo.kill('SIGINT');
      const { status, err, out } = await demo.ended;
      expect(err).toBe('error: ended by SIGINT\n');
      expect(status).toBe(130);
      expect(await keysOf(out)).toEqual([]);
    },
    SLOW,
  );

  it(
    'stays up until a signal comes, also when a pod dies, and says what may be tried',
    async () => {
      const demo = startProgram(DEMO, ['--redis', redis.url, '--pods', '3', '--stay', '--json']);
      await expect.poll(demo.out, { timeout: 60_000 }).toContain('-> pod');
      const [, namespace] = /^namespace (demo-[\w-]+), service room$/m.exec(demo.out())!;
      const routectl = `  pnpm -s routectl --redis ${redis.url} --namespace ${namespace} --service room explain ada\n`;
      expect(demo.out()).toContain(routectl);
      const [, pid] = /^pod 2 is process (\d+)$/m.exec(demo.out())!;
      await expect.poll(demo.out, { timeout: 60_000 }).toMatch(/ -> pod 2\n/);
      process.kill(Number(pid), 'SIGKILL');
      await expect.poll(demo.out, { timeout: 60_000 }).toMatch(/pod 2 -> pod [01], /);
      demo.kill('SIGTERM');
      const { status, err, out } = await demo.ended;
      expect(err).toBe('the process of pod 2 ended by itself\n');
      expect(JSON.parse(out.trimEnd().split('\n').at(-1)!)).toMatchObject({ failed: 0, misroutes: 0 });
      expect(status).toBe(0);
      expect(await keysOf(out)).toEqual([]);
    },
    SLOW,
  );

  it(
    'evens out when pods are added under traffic',
    async () => {
      const args = ['--redis', redis.url, '--pods', '2', '--scale-out', '2', '--json'];
      const { status, out, err } = await runProgram(DEMO, args);
      expect(err).toBe('');
      expect(out).toContain('budget: 100 % of the users may move a minute');
      const result = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Result;
      expect(result).toMatchObject({
        failed: 0,
        misroutes: 0,
        doubleOwners: 0,
        scaleOut: { added: 2, budgetPerMinute: 1, even: true },
      });
      expect(result.scaleOut!.imbalance).toBeLessThanOrEqual(0.1);
      expect(status).toBe(0);
      expect(await keysOf(out)).toEqual([]);
    },
    SLOW,
  );

  it(
    'its processes end when it is killed',
    async () => {
      const demo = startProgram(DEMO, ['--redis', redis.url, '--pods', '3']);
      await expect.poll(demo.out, { timeout: 60_000 }).toContain('-> pod');
      demo.kill('SIGKILL');
      const { err, out } = await demo.ended;
      expect(err).toBe('');
      // It could remove no keys any more.
      const left = await keysOf(out);
      expect(left).not.toEqual([]);
      await client.unlink(...left);
    },
    SLOW,
  );
});
