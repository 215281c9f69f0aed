import type { PortCall } from '@stateful-route/core';
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
});
