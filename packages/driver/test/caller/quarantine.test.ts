import { formatIncarnation, QUARANTINE_MS } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { type CallerFixture, callerFixture, type TestCaller } from '../caller-fixture.ts';

const LEASE_MS = 15_000;
const PERIOD_MS = 3_000;
const PODS = 20;
const config = { profile: 'realtime' } as const;
const beatOptions = { leaseMs: LEASE_MS, updatePeriodMs: PERIOD_MS };

/** A fleet of 20 pods, some of them dead, past its first lease. */
class Fleet {
  readonly fixture: CallerFixture;
  readonly caller: TestCaller;
  readonly dead = new Set<number>();

  private constructor(fixture: CallerFixture, caller: TestCaller) {
    this.fixture = fixture;
    this.caller = caller;
  }

  static async start(): Promise<Fleet> {
    const fixture = await callerFixture([]);
    const caller = fixture.caller({ config: { ...config, maxRetryCount: 0 } });
    const fleet = new Fleet(fixture, caller);
    for (let podId = 0; podId < PODS; podId++) await fleet.run(podId);
    await caller.route.start();
    await fleet.pass(2 * LEASE_MS);
    return fleet;
  }

  /** A new process of the pod. */
  async run(podId: number): Promise<void> {
    this.dead.delete(podId);
    const start = this.fixture.clock.now();
    const incarnation = formatIncarnation({ start, id: `run-${podId}-${start}`, life: 0 });
    await this.fixture.beat(podId, { ...beatOptions, incarnation });
  }

  async beat(): Promise<void> {
    for (let podId = 0; podId < PODS; podId++) {
      if (!this.dead.has(podId)) await this.fixture.beat(podId, beatOptions);
    }
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= PERIOD_MS) {
      await this.fixture.clock.advance(Math.min(left, PERIOD_MS));
      await this.beat();
    }
  }

  /** Asks for the user, whose pod claims him. Returns the pod, or why there is none. */
  async open(uid: string): Promise<number | string> {
    try {
      const { podId } = await this.caller.rooms.locate(uid);
      if (!this.dead.has(podId)) await this.fixture.claim(uid, podId);
      return podId;
    } catch (error) {
      return (error as { why?: string }).why ?? String(error);
    }
  }

  async quarantined(): Promise<readonly (string | undefined)[]> {
    const { server } = this.fixture.executors;
    const { entries } = await server.readJournal('game', 'room', { types: ['quarantined'] });
    return entries.map((entry) => ('uid' in entry ? entry.uid : undefined));
  }
}

describe('a user who kills whoever opens him', () => {
  it('takes three of twenty pods down, and is quarantined', async () => {
    const fleet = await Fleet.start();
    let last: number | string = '';
    for (let round = 0; round < 10; round++) {
      last = await fleet.open('poison');
      if (typeof last !== 'number') break;
      fleet.dead.add(last);
      // He asks again and again, while others come, too.
      await fleet.pass(LEASE_MS + 2 * PERIOD_MS);
      await fleet.open(`other-${round}`);
    }
    expect(last).toBe('quarantined');
    expect(fleet.dead.size).toBe(3);
    expect(await fleet.quarantined()).toEqual(['poison']);
    const { route, logged } = fleet.caller;
    expect(logged.some((line) => line.includes('quarantined for an hour'))).toBe(true);

    // It is told to whoever asks, and to a pod that would claim him.
    await expect(fleet.caller.rooms.locate('poison')).rejects.toMatchObject({
      code: 'POD_NOT_AVAILABLE',
      why: 'quarantined',
    });
    expect(await route.routeInfo.explain('game', 'poison', 'room')).toMatchObject({
      outcome: { action: 'reject', code: 'POD_NOT_AVAILABLE', why: 'quarantined' },
      sentence: expect.stringContaining('poison is quarantined') as string,
    });
    expect(await fleet.fixture.claim('poison', 10)).toBe(false);

    // An operator lets him go, or an hour does.
    const { stateful } = fleet.fixture.executors;
    expect(await stateful.endQuarantine('game', 'poison', 'room')).toBe(true);
    expect(typeof (await fleet.open('poison'))).toBe('number');
    await route.stop();
  });

  it('is placed again after an hour', async () => {
    const fleet = await Fleet.start();
    for (let round = 0; round < 3; round++) {
      const podId = await fleet.open('poison');
      fleet.dead.add(Number(podId));
      await fleet.pass(LEASE_MS + 2 * PERIOD_MS);
    }
    expect(await fleet.open('poison')).toBe('quarantined');
    await fleet.fixture.clock.advance(QUARANTINE_MS - 10 * PERIOD_MS);
    await fleet.pass(LEASE_MS + 12 * PERIOD_MS);
    expect(typeof (await fleet.open('poison'))).toBe('number');
    await fleet.caller.route.stop();
  });
});

describe('pods that die for another reason', () => {
  it('quarantine nobody: three crashes of all pods within ten minutes', async () => {
    const fleet = await Fleet.start();
    const uids = Array.from({ length: 60 }, (_, at) => `user-${at}`);
    for (let crash = 0; crash < 3; crash++) {
      for (const uid of uids) await fleet.open(uid);
      // All fall silent. They come back one after the other, some within the lease, some after it.
      for (let podId = 0; podId < PODS; podId++) fleet.dead.add(podId);
      await fleet.pass(9_000);
      for (let podId = 0; podId < PODS; podId++) {
        if (podId % 4 === 0) continue;
        await fleet.run(podId);
        await fleet.pass(500);
      }
      await fleet.pass(2 * LEASE_MS);
      for (const uid of uids) await fleet.open(uid);
      for (const podId of fleet.dead) await fleet.run(podId);
      await fleet.pass(3 * LEASE_MS);
    }
    expect(await fleet.quarantined()).toEqual([]);
    for (const uid of uids) expect(typeof (await fleet.open(uid))).toBe('number');
    await fleet.caller.route.stop();
  });

  it('quarantine nobody: single pods, with users who came long before', async () => {
    const fleet = await Fleet.start();
    const uids = Array.from({ length: 40 }, (_, at) => `user-${at}`);
    for (let round = 0; round < 5; round++) {
      for (const uid of uids) await fleet.open(uid);
      await fleet.pass(70_000);
      fleet.dead.add(round);
      await fleet.pass(2 * LEASE_MS);
    }
    expect(await fleet.quarantined()).toEqual([]);
    await fleet.caller.route.stop();
  });
});

describe('more users than can be quarantined', () => {
  it('are placed all the same, and an error says so', async () => {
    const fleet = await Fleet.start();
    const { server } = fleet.fixture.executors;
    for (let at = 0; at < 5; at++) await server.quarantineUser('game', 'room', `before-${at}`, QUARANTINE_MS);
    for (let round = 0; round < 4; round++) {
      const podId = await fleet.open('poison');
      expect(typeof podId).toBe('number');
      if (round === 3) break;
      fleet.dead.add(Number(podId));
      await fleet.pass(LEASE_MS + 2 * PERIOD_MS);
    }
    expect(fleet.caller.logged.some((line) => line.includes('not quarantined'))).toBe(true);
    await fleet.caller.route.stop();
  });
});
