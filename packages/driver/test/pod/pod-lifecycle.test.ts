import { isRouteError, routeError } from '@stateful-route/core';
import type { PortCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { deferred, podFixture } from '../pod-fixture.ts';

const storeDown = (call: PortCall): Promise<never> =>
  Promise.reject(routeError('STORE_ERROR', 'The store is down.', { operation: call.method }));

describe('the life cycle of a pod', () => {
  it('is published when start resolves, and over when stop does', async () => {
    const { executors, pod } = podFixture();
    const route = pod(0, { address: '10.0.0.1:80' });
    await route.start();
    const { pods } = await executors.stateful.getServiceState('game', 'room');
    expect(pods.get(0)).toMatchObject({
      state: 'READY',
      routingState: 'READY',
      address: '10.0.0.1:80',
      loadState: 0,
    });
    expect(await executors.server.listServices('game')).toEqual(['room']);
    expect(await route.stop()).toEqual({ left: 0, unsaved: [] });
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe('TERMINATING');
  });

  it('refuses a second start, and a start while it starts', async () => {
    const { pod } = podFixture();
    const route = pod(0);
    const first = route.start();
    await expect(route.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    await first;
    await expect(route.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    await expect(route.server.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    await route.stop();
  });

  it('starts again as another incarnation, with what was set before', async () => {
    const { executors, pod } = podFixture();
    const route = pod(0);
    route.server.setLoadState(7);
    await route.start();
    const before = (await executors.stateful.getServiceState('game', 'room')).pods.get(0);
    await route.stop();
    await route.start();
    const after = (await executors.stateful.getServiceState('game', 'room')).pods.get(0);
    expect(after).toMatchObject({ state: 'READY', routingState: 'READY', loadState: 7 });
    expect(after?.incarnation).not.toBe(before?.incarnation);
    await route.stop();
  });

  it('leaves nothing running after a failed start, and can be started again', async () => {
    let down = true;
    const { clock, executors, pod } = podFixture();
    const route = pod(0, {}, (call) => (down ? storeDown(call) : call.run(call.options)));
    await expect(route.start()).rejects.toMatchObject({ code: 'STORE_ERROR' });
    down = false;
    await clock.advance(120_000);
    expect((await executors.stateful.getServiceState('game', 'room')).pods.size).toBe(0);
    await route.start();
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe('READY');
    await route.stop();
  });

  it('takes back a first heartbeat that arrived though start failed', async () => {
    let lose = true;
    const { executors, pod } = podFixture();
    const route = pod(0, {}, async (call) => {
      const reply = await call.run(call.options);
      if (call.method !== 'setServiceState' || !lose) return reply;
      lose = false;
      return storeDown(call);
    });
    await expect(route.start()).rejects.toMatchObject({ code: 'STORE_ERROR' });
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe('TERMINATING');
  });

  it('does not end a process that started after its own start had failed', async () => {
    const { executors, pod } = podFixture();
    const later = pod(0);
    const failed = pod(0, {}, async (call) => {
      const reply = await call.run(call.options);
      if (call.method !== 'setServiceState' || (call.args[3] as { beatenBefore: boolean }).beatenBefore)
        return reply;
      await later.start();
      return storeDown(call);
    });
    await expect(failed.start()).rejects.toMatchObject({ code: 'STORE_ERROR' });
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe('READY');
    await later.server.setMetadata({ still: 'mine' });
    expect(later.server.isFenced()).toBe(false);
    await later.stop();
  });

  it('is stopped while it starts', async () => {
    const gate = deferred();
    const reached = deferred();
    const { clock, executors, pod } = podFixture();
    const route = pod(0, {}, async ({ method, options, run }) => {
      if (method !== 'setServiceState') return run(options);
      reached.resolve();
      await Promise.race([
        gate.promise,
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => {
            reject(options.signal?.reason);
          });
        }),
      ]);
      return run(options);
    });
    const starting = route.start();
    const outcome = starting.catch((error: unknown) => error);
    await reached.promise;
    const stopping = route.stop();
    gate.resolve();
    expect(await stopping).toEqual({ left: 0, unsaved: [] });
    expect(await outcome).toMatchObject({ code: 'NOT_RUNNING' });
    await clock.advance(120_000);
    const entry = (await executors.stateful.getServiceState('game', 'room')).pods.get(0);
    expect(entry?.state ?? 'TERMINATING').toBe('TERMINATING');
  });

  it('gives a start up with the signal', async () => {
    const { pod } = podFixture();
    const route = pod(0);
    await expect(route.start({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await route.start();
    await route.stop();
  });

  it('can be stopped repeatedly, also when never started, at once', async () => {
    const { pod } = podFixture();
    const route = pod(0);
    expect(await route.stop()).toEqual({ left: 0, unsaved: [] });
    await route.start();
    expect(await Promise.all([route.stop(), route.stop()])).toEqual([
      { left: 0, unsaved: [] },
      { left: 0, unsaved: [] },
    ]);
    expect(await route.stop()).toEqual({ left: 0, unsaved: [] });
  });

  it('stops though the store is down', async () => {
    let down = false;
    const { pod } = podFixture();
    const route = pod(0, {}, (call) => (down ? storeDown(call) : call.run(call.options)));
    await route.start();
    await route.server.claim('ada');
    down = true;
    expect(await route.stop({ signal: AbortSignal.abort() })).toEqual({ left: 1, unsaved: [] });
    expect(route.server.holds('ada')).toBe(false);
  });

  it('makes no link before start nor after stop', async () => {
    const { pod } = podFixture();
    const { server, start, stop } = pod(0);
    const isNotRunning = (error: unknown): boolean => isRouteError(error, 'NOT_RUNNING');
    await expect(server.claim('ada')).rejects.toSatisfy(isNotRunning);
    await start();
    await stop();
    await expect(server.claim('ada')).rejects.toSatisfy(isNotRunning);
    await expect(server.setLinkedPod('game', 'ada', 'room', 0)).rejects.toSatisfy(isNotRunning);
    await expect(server.release('ada')).rejects.toSatisfy(isNotRunning);
    await expect(server.drain()).rejects.toSatisfy(isNotRunning);
  });

  it('keeps no process alive by itself and ends with its scope', async () => {
    const { executors, pod } = podFixture();
    {
      await using route = pod(0);
      await route.start();
    }
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe('TERMINATING');
  });
});
