import { NOT_MINE } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { createStatefulRoute, type StatefulRoute } from '../../src/index.ts';
import { type PodFixture, podFixture } from '../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
type Pod = ReturnType<PodFixture['pod']>;

async function gatewayOf({ clock, executors }: PodFixture, more = {}): Promise<StatefulRoute<undefined>> {
  const gateway = createStatefulRoute({
    executors,
    namespace: 'game',
    services: ['room'],
    clock,
    config: { ...config, ...more },
  });
  await gateway.start();
  return gateway;
}

describe('a call', () => {
  it.each([0, 200, 1_000])('succeeds while its user is handed over with a save of %s ms', async (saveMs) => {
    const fixture = podFixture();
    const { clock } = fixture;
    const drain = {
      onHandOff: (): Promise<void> =>
        new Promise((resolve) => {
          clock.setTimeout(resolve, saveMs);
        }),
    };
    const pods: Pod[] = [0, 1].map((podId) => fixture.pod(podId, { config, drain }));
    for (const route of pods) await route.start();
    const gateway = await gatewayOf(fixture);
    const rooms = gateway.service('room');
    const users = Array.from({ length: 10 }, (_, at) => `user-${at}`);
    for (const uid of users) await pods[0]!.server.claim(uid);
    const failed: unknown[] = [];
    let served = 0;
    const ask = (uid: string): void => {
      rooms
        .call(uid, async ({ podId }) => ((await pods[podId]!.server.claim(uid)).claimed ? podId : NOT_MINE))
        .then(
          () => {
            served += 1;
          },
          (error: unknown) => failed.push(error),
        );
    };
    const draining = pods[0]!.server.drain();
    for (let step = 0; step < 60; step++) {
      for (const uid of users) ask(uid);
      await clock.advance(50);
    }
    await clock.advance(10_000);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect([failed, served]).toEqual([[], 600]);
    expect(users.filter((uid) => pods[1]!.server.holds(uid))).toEqual(users);
    await gateway.stop();
    for (const route of pods) await route.stop({ signal: AbortSignal.abort() });
  });

  it('ends at its deadline, though its use never does', async () => {
    const fixture = podFixture();
    const pod = fixture.pod(0, { config });
    await pod.start();
    const gateway = await gatewayOf(fixture);
    const signals: AbortSignal[] = [];
    const calling = gateway
      .service('room')
      .call(
        'ada',
        (_, signal) => {
          signals.push(signal);
          return new Promise(() => {});
        },
        { timeoutMs: 400 },
      )
      .catch((error: unknown) => error);
    const began = fixture.clock.monotonic();
    let endedAt = Number.POSITIVE_INFINITY;
    const ended = calling.then((error) => {
      endedAt = fixture.clock.monotonic();
      return error;
    });
    await fixture.clock.advance(1_000);
    expect(await ended).toMatchObject({ code: 'TIMEOUT' });
    expect(endedAt - began).toBe(400);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await gateway.stop();
    await pod.stop();
  });
});

describe('a caller with a shorter lease than its pods', () => {
  it('takes over no user of a living pod, though the store has lost the pods’ states', async () => {
    const fixture = podFixture();
    const { clock, executors } = fixture;
    const slow = {
      stateCacheExpireSecs: 60,
      serviceStateUpdatePeriodSeconds: 20,
      profile: 'realtime',
    } as const;
    const pods = [0, 1, 2].map((podId) => fixture.pod(podId, { config: slow }));
    for (const route of pods) await route.start();
    const users = Array.from({ length: 30 }, (_, at) => `user-${at}`);
    for (const [at, uid] of users.entries()) await pods[at % 3]!.server.claim(uid);
    const gateway = await gatewayOf(fixture, { stateCacheExpireSecs: 5, serviceStateUpdatePeriodSeconds: 1 });
    await clock.advance(2 * 60_000);
    executors.faults.lose('states');
    for (let step = 0; step < 60; step++) {
      for (const uid of users)
        gateway
          .service('room')
          .locate(uid)
          .catch(() => {});
      await clock.advance(1_000);
    }
    const links = await executors.stateful.batchGetLink('game', users, 'room');
    expect(users.map((uid) => links.get(uid)?.podId)).toEqual(users.map((_, at) => at % 3));
    expect(users.filter((uid, at) => !pods[at % 3]!.server.holds(uid))).toEqual([]);
    await gateway.stop();
    for (const route of pods) await route.stop({ signal: AbortSignal.abort() });
  });
});

describe('keys that are wiped under standing connections', () => {
  it('cost no pod a user in the end, though other pods were called for them before', async () => {
    const fixture = podFixture();
    const { clock, executors } = fixture;
    const pods = [0, 1, 2].map((podId) => fixture.pod(podId, { config }));
    for (const route of pods) await route.start();
    const users = Array.from({ length: 30 }, (_, at) => `user-${at}`);
    for (const [at, uid] of users.entries()) await pods[at % 3]!.server.claim(uid);
    const lost: string[] = [];
    for (const { server } of pods) server.on('claimsLost', ({ uids }) => lost.push(...uids));
    const gateway = await gatewayOf(fixture);
    await clock.advance(1_500);
    executors.faults.lose('everything');
    // Callers place temporary links; the pods that they are sent to hold new claims back.
    for (let step = 0; step < 20; step++) {
      for (const uid of users)
        gateway
          .service('room')
          .locate(uid)
          .catch(() => {});
      await clock.advance(500);
    }
    expect(lost).toEqual([]);
    expect(users.filter((uid, at) => !pods[at % 3]!.server.holds(uid))).toEqual([]);
    const links = await executors.stateful.batchGetLink('game', users, 'room');
    expect(users.map((uid) => [links.get(uid)?.podId, links.get(uid)?.permanent])).toEqual(
      users.map((_, at) => [at % 3, true]),
    );
    await gateway.stop();
    for (const route of pods) await route.stop({ signal: AbortSignal.abort() });
  });
});
