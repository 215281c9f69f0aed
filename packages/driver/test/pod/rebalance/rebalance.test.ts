import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { NOT_MINE, silentLogger, type UserUse } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createStatefulRoute, type PodRouteOptions, type StatefulRoute } from '../../../src/index.ts';
import type { StatefulRouteForServerDriver } from '../../../src/index.ts';

type Pod = StatefulRoute<StatefulRouteForServerDriver>;

const MINUTE_MS = 60_000;

/** A service whose users all send requests, each every ten seconds. */
class Fleet {
  readonly clock: ManualClock = new ManualClock();
  readonly executors = createMemoryExecutors({ clock: this.clock });
  readonly pods = new Map<number, Pod>();
  readonly moves: { readonly uid: string; readonly from: number; readonly to: number | undefined }[] = [];
  readonly #room = {
    executors: this.executors,
    namespace: 'game',
    serviceName: 'room',
    clock: this.clock,
    logger: silentLogger,
  };
  readonly #gateway = createStatefulRoute(this.#room);
  readonly #users = new Set<string>();

  async start(podId: number, options: Partial<PodRouteOptions> = {}): Promise<Pod> {
    const drain = { onHandOff: (): void => {} };
    const pod = createStatefulRoute({ ...this.#room, podId, drain, ...options });
    pod.server.on('handedOff', ({ uid, podId: to }) => this.moves.push({ uid, from: podId, to }));
    this.pods.set(podId, pod);
    await pod.start();
    return pod;
  }

  async open(users: number): Promise<void> {
    await this.#gateway.start();
    for (let at = 0; at < users; at++) this.#users.add(`user-${at}`);
    await this.#ask();
  }

  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10_000) {
      await this.clock.advance(10_000);
      await this.#ask();
    }
  }

  counts(): readonly number[] {
    return [...this.pods.values()].map(({ server }) => server.held().size);
  }

  async orders(): Promise<readonly string[]> {
    const { entries } = await this.executors.server.readJournal('game', 'room', {
      types: ['order'],
      limit: 1_000,
    });
    return entries.flatMap((entry) => (entry.type === 'order' ? [entry.by] : []));
  }

  async #ask(): Promise<void> {
    const rooms = this.#gateway.service('room');
    const asked = [...this.#users].map((uid) =>
      rooms.call(uid, async ({ podId }) => {
        const claim = await this.pods.get(podId)?.server.claim(uid);
        return claim?.claimed ? podId : NOT_MINE;
      }),
    );
    await this.clock.advance(0);
    await Promise.all(asked);
  }
}

function fleet(): Fleet {
  const made = new Fleet();
  onTestFinished(async () => {
    for (const pod of made.pods.values()) await pod.stop({ signal: AbortSignal.abort() });
  });
  return made;
}

describe('a service that is kept even', () => {
  it('gives new pods their share: nobody moves twice, and the moves are labelled', async () => {
    const service = fleet();
    await service.start(0, { rebalance: true });
    await service.start(1, { rebalance: true });
    await service.open(100);
    await service.run(MINUTE_MS);
    expect(service.moves).toEqual([]);
    await service.start(2, { rebalance: true });
    await service.start(3, { rebalance: true });
    await service.run(15 * MINUTE_MS);
    for (const users of service.counts()) expect(Math.abs(users - 25)).toBeLessThanOrEqual(3);
    expect(new Set(service.moves.map(({ uid }) => uid)).size).toBe(service.moves.length);
    expect(service.moves.length).toBeLessThanOrEqual(56);
    expect(new Set(await service.orders())).toEqual(new Set(['rebalance (addition)']));
    const { uid, to } = service.moves[0]!;
    expect(await service.executors.stateful.getLink('game', uid, 'room')).toMatchObject({
      podId: to,
      reason: { why: 'moved', by: 'rebalance (addition)' },
    });
    // Even, it stays as it is.
    const before = service.moves.length;
    await service.run(5 * MINUTE_MS);
    expect(service.moves.length).toBe(before);
  });

  it('stands still while it is frozen, and is led on by the next pod when the leader ends', async () => {
    const service = fleet();
    const options = { rebalance: { which: 'all', additions: 1 } } as const;
    await service.start(0, options);
    await service.start(1, options);
    await service.open(40);
    await service.executors.server.setFrozen('game', 'room', true, { by: 'carol' });
    await service.start(2, options);
    await service.run(3 * MINUTE_MS);
    expect(service.moves).toEqual([]);
    await service.executors.server.setFrozen('game', 'room', false, { by: 'carol' });
    await service.run(3 * MINUTE_MS);
    expect(service.moves.length).toBeGreaterThan(5);
    const leader = service.pods.get(0)!;
    service.pods.delete(0);
    const stopping = leader.stop();
    await service.clock.advance(1_000);
    await stopping;
    service.moves.length = 0;
    await service.start(3, options);
    await service.run(6 * MINUTE_MS);
    expect(service.moves.length).toBeGreaterThan(5);
    for (const users of service.counts()) expect(Math.abs(users - 40 / 3)).toBeLessThanOrEqual(2);
  });

  it('moves neither whom the application keeps, nor who is pinned, nor who is busy', async () => {
    const service = fleet();
    const kept = new Set(Array.from({ length: 10 }, (_, at) => `user-${at}`));
    const options = { rebalance: { additions: 1 }, movable: (uid: string) => !kept.has(uid) } as const;
    const a = await service.start(0, options);
    await service.open(30);
    for (let at = 10; at < 15; at++) {
      await service.executors.stateful.setPin('game', `user-${at}`, 'room', 0, { by: 'carol' });
    }
    const busy = new Set(Array.from({ length: 5 }, (_, at) => `user-${15 + at}`));
    a.server.reportUse((uid): UserUse => ({ busy: busy.has(uid), idleMs: 60_000 }));
    await service.start(1, options);
    await service.run(5 * MINUTE_MS);
    const moved = service.moves.map(({ uid }) => uid);
    expect(moved.toSorted()).toEqual(Array.from({ length: 10 }, (_, at) => `user-${20 + at}`).toSorted());
  });

  it('is not by default, but with a host', async () => {
    const service = fleet();
    const a = await service.start(0);
    await service.open(20);
    await service.start(1);
    await service.run(3 * MINUTE_MS);
    expect(await service.orders()).toEqual([]);
    a.server.reportUse(() => ({ busy: false }));
    await service.run(3 * MINUTE_MS);
    expect(service.moves.length).toBeGreaterThan(0);
    const off = fleet();
    const alone = await off.start(0, { rebalance: false });
    alone.server.reportUse(() => ({ busy: false }));
    await off.open(20);
    await off.start(1, { rebalance: false });
    await off.run(3 * MINUTE_MS);
    expect(await off.orders()).toEqual([]);
  });

  it('refuses options that are none', () => {
    const given = (rebalance: unknown) => () =>
      createStatefulRoute({
        executors: createMemoryExecutors(),
        namespace: 'game',
        serviceName: 'room',
        podId: 0,
        rebalance: rebalance as never,
      });
    for (const wrong of [
      'all',
      1,
      null,
      { everyMs: 0 },
      { additions: 1.5 },
      { balance: 0 },
      { which: 'some' },
      { every: 1 },
    ]) {
      expect(given(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }) as Error);
    }
    expect(
      given({ everyMs: 1_000, which: 'all', cooldownMs: 1, receiveRate: 5, updateStallMs: 1 }),
    ).not.toThrow();
  });
});
