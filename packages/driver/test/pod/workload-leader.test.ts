import { routeError, silentLogger } from '@stateful-route/core';
import type { PortCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { podFixture } from '../pod-fixture.ts';

describe('the workload', () => {
  it('is reported by the lowest alive ordinal: at its start, then in every period', async () => {
    const { clock, executors, pod } = podFixture();
    const writers: number[] = [];
    const watch =
      (podId: number) =>
      ({ method, options, run }: PortCall): Promise<unknown> => {
        if (method === 'setWorkloadState') writers.push(podId);
        return run(options);
      };
    const pods = [0, 1, 2].map((podId) => pod(podId, {}, watch(podId)));
    for (const route of pods) await route.start();
    await clock.advance(0);
    expect(await executors.stateful.getWorkloadState('game', 'room')).toMatchObject({
      state: 'READY',
      replicas: 1,
    });
    await clock.advance(60_000);
    expect(await executors.stateful.getWorkloadState('game', 'room')).toMatchObject({
      state: 'READY',
      replicas: 3,
      readyReplicas: 3,
    });
    expect(new Set(writers)).toEqual(new Set([0]));

    await pods[0]!.stop();
    await pods[1]!.server.setRoutingState('DENY_NEW_CALL');
    await clock.advance(60_000);
    expect(new Set(writers)).toEqual(new Set([0, 1]));
    expect(await executors.stateful.getWorkloadState('game', 'room')).toMatchObject({
      replicas: 2,
      readyReplicas: 1,
    });

    await pods[2]!.server.setRoutingState('DENY_NEW_CALL');
    await clock.advance(60_000);
    expect(await executors.stateful.getWorkloadState('game', 'room')).toMatchObject({
      state: 'NOT_READY',
      replicas: 2,
      readyReplicas: 0,
    });
    await Promise.all(pods.map((route) => route.stop()));
  });

  it('goes with the removal of pods long dead, and of no others', async () => {
    const { clock, executors, pod } = podFixture();
    const config = { profile: 'realtime' } as const;
    const [leader, gone] = [pod(0, { config }), pod(5, { config })];
    await leader.start();
    await gone.start();
    await gone.stop();
    await clock.advance(14_000);
    expect([...(await executors.stateful.getServiceState('game', 'room')).pods.keys()]).toEqual([0, 5]);
    await clock.advance(8_000);
    expect([...(await executors.stateful.getServiceState('game', 'room')).pods.keys()]).toEqual([0]);
    await leader.stop();
  });

  it('is led by a pod with a heartbeat, whatever words older sides left under lower ordinals', async () => {
    const { clock, executors, pod } = podFixture();
    executors.faults.setWordAsOtherSide('game', 'room', 0, 'READY');
    executors.faults.setWordAsOtherSide('game', 'room', 1, 'state');
    const config = { profile: 'realtime' } as const;
    const [leader, gone] = [pod(2, { config }), pod(5, { config })];
    await leader.start();
    await gone.start();
    await gone.stop();
    await clock.advance(22_000);
    expect(await executors.stateful.getWorkloadState('game', 'room')).toMatchObject({ state: 'READY' });
    expect([...(await executors.stateful.getServiceState('game', 'room')).pods.keys()]).toEqual([0, 1, 2]);
    await leader.stop();
  });

  it('goes with a mark for each silent pod, until it is removed, and for no other', async () => {
    const { clock, executors, pod } = podFixture();
    const marked: unknown[] = [];
    let up = true;
    const config = { profile: 'realtime' } as const;
    const leader = pod(0, { config }, ({ method, args, options, run }) => {
      if (method === 'markServiceState') marked.push(args.slice(2));
      return run(options);
    });
    const crashed = pod(5, { config }, ({ options, run }) => {
      if (!up) throw new Error('cut');
      return run(options);
    });
    const ended = pod(6, { config });
    for (const route of [leader, crashed, ended]) await route.start();
    await ended.stop();
    await clock.advance(30_000);
    expect(marked).toEqual([]);
    up = false;
    // suspect after two and a half periods of 3 s; led every 6 s
    await clock.advance(7_500 + 6_000);
    expect(marked).toContainEqual([5, 'NOT_READY']);
    await clock.advance(60_000);
    expect(new Set(marked.map((args) => JSON.stringify(args)))).toEqual(new Set(['[5,"NOT_READY"]']));
    expect([...(await executors.stateful.getServiceState('game', 'room')).pods.keys()]).toEqual([0]);
    marked.length = 0;
    await clock.advance(30_000);
    expect(marked).toEqual([]);
    await leader.stop();
  });

  it('leaves a word that a pod of another side wrote in place of a dead one', async () => {
    const { clock, executors, pod } = podFixture();
    const config = { profile: 'realtime' } as const;
    let up = true;
    const leader = pod(0, { config });
    const crashed = pod(5, { config }, ({ options, run }) => {
      if (!up) throw new Error('cut');
      return run(options);
    });
    await leader.start();
    await crashed.start();
    up = false;
    await clock.advance(20_000);
    executors.faults.setWordAsOtherSide('game', 'room', 5, 'READY');
    await clock.advance(100_000);
    const { pods } = await executors.stateful.getServiceState('game', 'room');
    expect(pods.get(5)).toEqual({
      podId: 5,
      state: 'READY',
      loadState: 0,
      routingState: 'READY',
      metadata: {},
    });
    await leader.stop();
  });

  for (const broken of ['setWorkloadState', 'markServiceState'] as const) {
    it(`goes on, where ${broken} is refused, with all else, and says which it was`, async () => {
      const { clock, executors, pod } = podFixture();
      const config = { profile: 'realtime' } as const;
      const lines: string[] = [];
      const warn = (_: unknown, message: string): void => {
        lines.push(message);
      };
      let up = true;
      const marked = new Set<unknown>();
      const leader = pod(
        0,
        { config, logger: { ...silentLogger, warn } },
        ({ method, args, options, run }) => {
          if (method === 'markServiceState') marked.add(args[2]);
          // The workload's key is damaged, or the details of pod 4.
          if (method === broken && (method === 'setWorkloadState' || args[2] === 4)) {
            throw routeError('STORE_ERROR', 'damaged', { operation: method }, { retryable: false });
          }
          return run(options);
        },
      );
      const crashed = [4, 5].map((podId) =>
        pod(podId, { config }, ({ options, run }) => {
          if (!up) throw new Error('cut');
          return run(options);
        }),
      );
      for (const route of [leader, ...crashed]) await route.start();
      up = false;
      await clock.advance(14_000);
      expect(marked).toEqual(new Set([4, 5]));
      const workload = await executors.stateful.getWorkloadState('game', 'room');
      const [isReported, line] =
        broken === 'setWorkloadState'
          ? [false, 'the workload was not reported this time']
          : [true, 'some silent or dead pods were not marked or removed this time'];
      expect([workload !== undefined, new Set(lines)]).toEqual([isReported, new Set([line])]);
      await leader.stop();
    });
  }
});
