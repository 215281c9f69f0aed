import { testRedis, type TestRedis } from '@stateful-route/testkit/redis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ExampleService } from './service.ts';

const TEST_WITHIN_MS = 120_000;
const USERS = 40;

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.stop());

/** A user who visits again and again, and expects each visit to be counted once. */
class Visitor {
  visits = 0;
  readonly #url: string;
  readonly #uid: string;

  constructor(url: string, uid: string) {
    this.#url = `${url}/visits`;
    this.#uid = uid;
  }

  async visit(): Promise<void> {
    const response = await fetch(this.#url, { method: 'POST', headers: { 'x-user': this.#uid } });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} after ${this.visits} visits: ${text}`);
    this.visits += 1;
    if (Number(text) !== this.visits) throw new Error(`visit ${this.visits} was counted as ${text}`);
  }

  async visitUntil(over: AbortSignal): Promise<void> {
    while (!over.aborted) await this.visit();
  }
}

it.each(['express/main.ts', 'hono/main.ts'])(
  '%s: no request fails and no visit is lost or counted twice while pods end in turn under load',
  async (program) => {
    await using service = new ExampleService(redis.url, program);
    const users = Array.from({ length: USERS }, (_, nth) => `user ${nth} of ${service.namespace}`);
    const first = await service.startPod(0);
    const second = await service.startPod(1);
    const { url } = await service.startGateway('header:x-user');
    const visitors = users.map((user) => new Visitor(url, user));
    const over = new AbortController();
    const traffic = Promise.all(visitors.map((visitor) => visitor.visitUntil(over.signal)));
    const failed = traffic.then(() => new Promise<never>(() => {}));

    const rolls = async (): Promise<void> => {
      await service.stopPod(first);
      const third = await service.startPod(2);
      await service.stopPod(second);
      expect(new Set(await service.podsOf(users))).toEqual(new Set([2]));
      expect(third.report()).toMatchObject({ ending: undefined });
    };
    await Promise.race([rolls(), failed]);
    over.abort();
    await traffic;
    for (const visitor of visitors) {
      expect(visitor.visits).toBeGreaterThan(3);
      await visitor.visit();
    }
  },
  TEST_WITHIN_MS,
);

it.each(['express/main.ts', 'hono/main.ts'])(
  '%s ends when the store is not there, and says why',
  async (program) => {
    await using service = new ExampleService('redis://127.0.0.1:1', program);
    const pod = await service.spawnPod(0);
    await vi.waitFor(() => expect(pod.report()).toMatchObject({ ending: 1 }), { timeout: 30_000 });
    expect(pod.report().output).toContain('check that the server runs and listens at this port');
  },
  TEST_WITHIN_MS,
);
