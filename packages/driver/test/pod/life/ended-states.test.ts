import { routeError, silentLogger } from '@stateful-route/core';
import type { PortCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

describe.each(['FAILED', 'TERMINATING'] as const)('a pod whose state is set to %s', (state) => {
  it('serves nobody before it publishes that, claims nobody, and comes back with another state', async () => {
    const { clock, executors, pod } = podFixture();
    const heldWhenSaid: boolean[] = [];
    const a: ReturnType<typeof pod> = pod(0, { config }, ({ method, args, options, run }) => {
      if (method === 'setServiceState' && (args[3] as { state: string }).state === state) {
        heldWhenSaid.push(a.server.holds('ada'));
      }
      return run(options);
    });
    await a.start();
    const lost: string[] = [];
    a.server.on('claimsLost', ({ uids }) => lost.push(...uids));
    await a.server.claim('ada');
    let signal: AbortSignal | undefined;
    void a.server.claimScope('ada', async (scope) => {
      ({ signal } = scope);
    });
    await clock.advance(0);
    await a.server.setServiceState(state);
    expect([heldWhenSaid, a.server.isFenced(), a.server.holds('ada')]).toEqual([[false], true, false]);
    expect(signal).toBeDefined();
    await expect(a.server.claim('bob')).rejects.toMatchObject({ code: 'FENCED' });
    await clock.advance(60_000);
    expect(a.server.isFenced()).toBe(true);
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe(state);
    await a.server.setServiceState('READY');
    await clock.advance(1_000);
    expect([a.server.isFenced(), a.server.holds('ada'), lost]).toEqual([false, true, []]);
    await a.stop({ signal: AbortSignal.abort() });
  });

  it('logs that it fenced itself, and no error, as the application asked for it', async () => {
    const infos: string[] = [];
    const errors: string[] = [];
    const a = podFixture().pod(0, {
      config,
      logger: {
        ...silentLogger,
        info: (_fields, message) => void infos.push(message),
        error: (_fields, message) => void errors.push(message),
      },
    });
    await a.start();
    await a.server.setServiceState(state);
    expect(infos).toContain('the pod fenced itself');
    expect(errors).toEqual([]);
    await a.stop();
  });

  it('says so until it is acknowledged', async () => {
    let down = false;
    const { clock, executors, pod } = podFixture();
    const away = ({ method, options, run }: PortCall): Promise<unknown> =>
      down
        ? Promise.reject(routeError('STORE_ERROR', 'The store is away.', { operation: method }))
        : run(options);
    const a = pod(0, { config }, away);
    await a.start();
    down = true;
    await expect(a.server.setServiceState(state)).rejects.toMatchObject({ code: 'STORE_ERROR' });
    await clock.advance(5_000);
    down = false;
    await clock.advance(1_000);
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe(state);
    await a.stop();
  });
});
