import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
const users = (count: number): string[] => Array.from({ length: count }, (_, at) => `user-${at}`);

describe('the pool', () => {
  it('counts no demand that was over before it was added', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0, { config }), pod(1, { config })];
    await a.start();
    await b.start();
    for (const uid of users(10)) await a.server.claim(uid);
    let running = 0;
    let most = 0;
    const onHandOff = async (): Promise<void> => {
      most = Math.max(most, (running += 1));
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 100));
      running -= 1;
    };
    await a.server.drain({ onHandOff, signal: AbortSignal.abort(), concurrency: 100 });
    const draining = a.server.drain({ onHandOff, concurrency: 1 });
    await clock.advance(3_000);
    await draining;
    expect(most).toBe(1);
  });

  it('takes the newest rate at once', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0, { config }), pod(1, { config })];
    await a.start();
    await b.start();
    for (const uid of users(10)) await a.server.claim(uid);
    const abort = new AbortController();
    const slow = a.server.drain({ onHandOff: () => {}, ratePerSecond: 0.1, signal: abort.signal });
    await clock.advance(10);
    expect(a.server.held().size).toBe(9);
    const fast = a.server.drain({ onHandOff: () => {} });
    await clock.advance(1_000);
    expect(a.server.held().size).toBe(0);
    await Promise.all([slow, fast]);
  });

  it('stop hands over by the listener of a drain under way', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0, { config }), pod(1, { config })];
    await a.start();
    await b.start();
    for (const uid of users(5)) await a.server.claim(uid);
    const saved: string[] = [];
    const drain = a.server.drain({
      onHandOff: ({ uid }) => {
        saved.push(uid);
      },
      ratePerSecond: 1,
    });
    await clock.advance(10);
    const stopping = a.stop();
    await clock.advance(30_000);
    expect([saved.length, await stopping, await drain]).toEqual([
      5,
      { left: 0, unsaved: [] },
      { left: 0, unsaved: [] },
    ]);
  });

  it('a drain that a stop ends reports the users it left', async () => {
    const { clock, pod } = podFixture();
    const a = pod(0, { config: { ...config, leftover: 'keep', drainTimeoutMs: 5_000 } });
    await a.start();
    for (const uid of users(5)) await a.server.claim(uid);
    const drain = a.server.drain({ deadlineMs: 20_000 });
    await clock.advance(10);
    const stopping = a.stop();
    await clock.advance(30_000);
    expect([await stopping, await drain]).toEqual([
      { left: 5, unsaved: [] },
      { left: 5, unsaved: [] },
    ]);
  });

  it('names in a report only users of its own demand', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0, { config }), pod(1, { config })];
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob']) await a.server.claim(uid);
    const never = (): Promise<void> => new Promise(() => {});
    const bob = a.server.handOff(['bob'], {
      onHandOff: () => new Promise((resolve) => clock.setTimeout(resolve, 3_000)),
      userTimeoutMs: 5_000,
    });
    const ada = a.server.handOff(['ada'], { onHandOff: never, userTimeoutMs: 1_000 });
    await clock.advance(10_000);
    expect([await bob, await ada]).toEqual([
      { left: 0, unsaved: [] },
      { left: 0, unsaved: ['ada'] },
    ]);
  });

  it('a stop does not name a user who was saved and whose move is under way', async () => {
    const { clock, pod } = podFixture();
    const a = pod(0, { config: { ...config, drainTimeoutMs: 5_000 } }, async ({ method, options, run }) => {
      if (method === 'replaceLinkedPod') await new Promise(() => {});
      return run(options);
    });
    const b = pod(1, { config });
    await a.start();
    await b.start();
    await a.server.claim('ada');
    const saved: string[] = [];
    a.server.onHandOff(({ uid }) => {
      saved.push(uid);
    });
    const stopping = a.stop();
    await clock.advance(10_000);
    expect([saved, await stopping]).toEqual([['ada'], { left: 1, unsaved: [] }]);
  });
});
