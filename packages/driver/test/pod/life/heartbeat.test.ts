import { routeError } from '@stateful-route/core';
import type { PodReport, PortCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { deferred, podFixture } from '../../pod-fixture.ts';

/** Records the heartbeats that a pod sends. */
function recorder(): { readonly beats: PodReport[]; readonly around: (call: PortCall) => Promise<unknown> } {
  const beats: PodReport[] = [];
  return {
    beats,
    around: ({ method, args, options, run }) => {
      if (method === 'setServiceState') beats.push(args[3] as PodReport);
      return run(options);
    },
  };
}

describe('the heartbeat', () => {
  it('comes at once, then in every period, with a growing seq', async () => {
    const { clock, pod } = podFixture();
    const { beats, around } = recorder();
    const route = pod(0, {}, around);
    await route.start();
    await clock.advance(90_000);
    expect(beats.map(({ seq, beatenBefore }) => ({ seq, beatenBefore }))).toEqual([
      { seq: 0, beatenBefore: false },
      { seq: 1, beatenBefore: true },
      { seq: 2, beatenBefore: true },
      { seq: 3, beatenBefore: true },
    ]);
    expect(beats[0]).toMatchObject({ leaseMs: 300_000, updatePeriodMs: 30_000, deadOwner: 'relink' });
    await route.stop();
  });

  it('publishes a change of state, routing state or metadata at once', async () => {
    const { pod } = podFixture();
    const { beats, around } = recorder();
    const route = pod(0, {}, around);
    await route.start();
    await route.server.setRoutingState('DENY_NEW_CALL');
    await route.server.setServiceState('NOT_READY');
    await route.server.setMetadata({ zone: 'b' });
    expect(beats.at(-1)).toMatchObject({
      routingState: 'DENY_NEW_CALL',
      state: 'NOT_READY',
      metadata: { zone: 'b' },
      seq: 3,
    });
    await route.stop();
  });

  it('publishes a small change of load with the next heartbeat, a large one at once', async () => {
    const { clock, pod } = podFixture();
    const { beats, around } = recorder();
    const route = pod(0, {}, around);
    route.server.setLoadState(100);
    await route.start();
    route.server.setLoadState(110);
    await clock.advance(0);
    expect(beats).toHaveLength(1);
    route.server.setLoadState(111);
    await clock.advance(0);
    expect(beats.map(({ loadState }) => loadState)).toEqual([100, 111]);
    route.server.setLoadState(112);
    await clock.advance(30_000);
    expect(beats.at(-1)?.loadState).toBe(112);
    await route.stop();
  });

  it('takes the configured threshold for a large change', async () => {
    const { clock, pod } = podFixture();
    const { beats, around } = recorder();
    const route = pod(0, { config: { loadChangeThreshold: 50 } }, around);
    await route.start();
    route.server.setLoadState(50);
    await clock.advance(0);
    expect(beats).toHaveLength(1);
    route.server.setLoadState(51);
    await clock.advance(0);
    expect(beats.at(-1)).toMatchObject({ loadState: 51, loadChangeThreshold: 50 });
    await route.stop();
  });

  it('mixes the probe into the load by cpuFactor, and says what a user adds', async () => {
    const { pod } = podFixture();
    const { beats, around } = recorder();
    const config = { cpuFactor: 0.25, loadPerUser: 2 };
    const route = pod(0, { config, loadProbe: () => 40 }, around);
    route.server.setLoadState(20);
    await route.start();
    expect(beats[0]).toMatchObject({ loadState: 0.25 * 40 + 0.75 * 20, loadPerUser: 1.5 });
    await route.stop();
  });

  it.each([
    [
      'throws',
      (): number => {
        throw new Error('no probe today');
      },
    ],
    ['is NaN', (): number => Number.NaN],
    ['is negative', (): number => -1],
  ])('leaves out a probe that %s', async (_, loadProbe) => {
    const { pod } = podFixture();
    const { beats, around } = recorder();
    const route = pod(0, { loadProbe }, around);
    route.server.setLoadState(20);
    await route.start();
    expect(beats[0]).toMatchObject({ loadState: 20, loadPerUser: 1 });
    await route.stop();
  });

  it('goes on after failures, sooner than a period', async () => {
    let failing = false;
    const { clock, executors, pod } = podFixture();
    const route = pod(0, {}, ({ method, options, run }) =>
      failing && method === 'setServiceState'
        ? Promise.reject(routeError('STORE_ERROR', 'The store is down.', { operation: method }))
        : run(options),
    );
    await route.start();
    failing = true;
    await clock.advance(40_000);
    failing = false;
    await clock.advance(1_000);
    const { storeTime, pods } = await executors.stateful.getServiceState('game', 'room');
    expect(storeTime - pods.get(0)!.updateTime!).toBeLessThanOrEqual(1_000);
    await route.stop();
  });

  it('never overlaps itself; requests during one heartbeat make one more', async () => {
    const gate = deferred();
    let open = true;
    let underWay = 0;
    let most = 0;
    const { pod } = podFixture();
    const { beats, around } = recorder();
    const route = pod(0, {}, async (call) => {
      if (call.method !== 'setServiceState') return call.run(call.options);
      most = Math.max(most, ++underWay);
      if (!open) await gate.promise;
      return around(call).finally(() => {
        underWay -= 1;
      });
    });
    await route.start();
    open = false;
    const reported = [
      route.server.setMetadata({ a: '1' }),
      route.server.setMetadata({ a: '2' }),
      route.server.setMetadata({ a: '3' }),
    ];
    open = true;
    gate.resolve();
    await Promise.all(reported);
    expect(most).toBe(1);
    expect(beats).toHaveLength(3);
    expect(beats.at(-1)?.metadata).toEqual({ a: '3' });
    await route.stop();
  });

  it('has a last one that no later one follows', async () => {
    const { clock, pod } = podFixture();
    const { beats, around } = recorder();
    const route = pod(0, {}, around);
    await route.start();
    await route.stop();
    const reported = beats.length;
    expect(beats.at(-1)?.state).toBe('TERMINATING');
    await clock.advance(600_000);
    expect(beats).toHaveLength(reported);
  });

  it('refuses an invalid load', () => {
    const { pod } = podFixture();
    const { server } = pod(0);
    for (const load of [Number.NaN, -1, Number.POSITIVE_INFINITY, '3' as unknown as number]) {
      expect(() => {
        server.setLoadState(load);
      }).toThrow(/load must be a finite number/);
    }
    expect(server.getLoadState()).toBe(0);
  });
});
