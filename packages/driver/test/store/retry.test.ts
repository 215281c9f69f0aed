import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { isRouteError, routeError, silentLogger } from '@stateful-route/core';
import { decorateExecutors, type PortMethod } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import {
  createStatefulRoute,
  type RouteConfigInput,
  type StatefulRoute,
  type StatefulRouteForServerDriver,
} from '../../src/index.ts';

const fast = { retryDelayMs: 1, timeoutMs: 20_000 };

/** A pod whose store fails the first calls of a method, and the deadlines its attempts had. */
async function failing(
  method: PortMethod,
  error: (attempt: number) => Error | undefined,
  config: RouteConfigInput = fast,
): Promise<{ route: StatefulRoute<StatefulRouteForServerDriver>; attempts: (number | undefined)[] }> {
  const attempts: (number | undefined)[] = [];
  const pod = (): StatefulRoute<StatefulRouteForServerDriver> =>
    createStatefulRoute({
      namespace: 'game',
      serviceName: 'room',
      podId: 0,
      config,
      logger: silentLogger,
      executors: decorateExecutors(createMemoryExecutors(), async (call) => {
        if (call.method !== method) return call.run(call.options);
        attempts.push(call.options?.timeoutMs);
        const fault = error(attempts.length);
        if (fault) throw fault;
        return call.run(call.options);
      }),
    });
  const route = pod();
  await route.start();
  return { route, attempts };
}

const storeError = (retryable?: boolean): Error =>
  routeError('STORE_ERROR', 'Not now.', { operation: 'test' }, { retryable });

describe('a store call that fails for a while', () => {
  it('is made again within one deadline', async () => {
    const { route, attempts } = await failing('getServiceNameByTag', (at) =>
      at < 3 ? storeError() : undefined,
    );
    expect(await route.routeInfo.getServiceNameByTag('game', 'lobby')).toBeUndefined();
    expect(attempts).toHaveLength(3);
    expect(attempts[0]).toBeLessThanOrEqual(20_000);
    expect(attempts).toEqual(attempts.toSorted((a, b) => (b ?? 0) - (a ?? 0)));
    await route.stop();
  });

  it('is given up after maxRetryCount', async () => {
    const { route, attempts } = await failing('getServiceNameByTag', () => storeError(), {
      ...fast,
      maxRetryCount: 2,
    });
    await expect(route.routeInfo.getServiceNameByTag('game', 'lobby')).rejects.toMatchObject({
      code: 'STORE_ERROR',
    });
    expect(attempts).toHaveLength(3);
    await route.stop();
  });

  it('is given up at its deadline, with what failed', async () => {
    const config = { maxRetryCount: 1_000, retryDelayMs: 5, timeoutMs: 50 };
    const { route, attempts } = await failing('getServiceNameByTag', () => storeError(), config);
    const outcome = await route.routeInfo
      .getServiceNameByTag('game', 'lobby')
      .catch((error: unknown) => error);
    expect(isRouteError(outcome, 'STORE_ERROR')).toBe(true);
    expect(attempts.length).toBeLessThan(1_000);
    await route.stop();
  });

  it('is not repeated when the store refused it permanently', async () => {
    const { route, attempts } = await failing('getServiceNameByTag', () => storeError(false));
    await expect(route.routeInfo.getServiceNameByTag('game', 'lobby')).rejects.toMatchObject({
      code: 'STORE_ERROR',
    });
    expect(attempts).toHaveLength(1);
    await route.stop();
  });

  it.each(['setLinkedPod', 'removeLinkedPod'] as const)(
    'is never made again when it is %s',
    async (method) => {
      const { route, attempts } = await failing(method, () => storeError());
      const call =
        method === 'setLinkedPod'
          ? route.server.setLinkedPod('game', 'ada', 'hall', 0)
          : route.server.removeLinkedPod('game', 'ada', 'room');
      await expect(call).rejects.toMatchObject({ code: 'STORE_ERROR' });
      expect(attempts).toHaveLength(1);
      await route.stop();
    },
  );

  it('is a removal: made again with a token only', async () => {
    const { route, attempts } = await failing('removeLinkedPodWithId', (at) =>
      at === 1 ? storeError() : undefined,
    );
    await route.server.claim('ada');
    expect(await route.server.release('ada')).toBe(true);
    expect(attempts).toHaveLength(2);
    attempts.length = 0;
    await expect(route.server.removeLinkedPodWithId('game', 'bob', 'room', 0)).rejects.toMatchObject({
      code: 'STORE_ERROR',
    });
    expect(attempts).toHaveLength(1);
    await route.stop();
  });

  it('is not made again once its caller gave up', async () => {
    const abort = new AbortController();
    const { route, attempts } = await failing('getServiceNameByTag', () => {
      abort.abort(new Error('enough'));
      return storeError();
    });
    const { signal } = abort;
    await expect(route.routeInfo.getServiceNameByTag('game', 'lobby', { signal })).rejects.toThrow('enough');
    expect(attempts).toHaveLength(1);
    await route.stop();
  });
});

describe('a store that cannot be reached any more', () => {
  it('does not hide that an earlier attempt may have acted', async () => {
    const lost = routeError(
      'TIMEOUT',
      'Lost.',
      { operation: 'test', timeoutMs: 1, effect: 'unknown' },
      { retryable: true },
    );
    const gone = (retryable: boolean): Error =>
      routeError('STORE_ERROR', 'Gone.', { operation: 'test', unreachable: 'a:1' }, { retryable });
    const errors = [lost, gone(true), gone(false)];
    const { route, attempts } = await failing('setLinkedPodIfAbsent', (at) => errors[at - 1]);
    await expect(route.client.setLinkedPodIfAbsent('game', 'ada', 'room', 0)).rejects.toBe(lost);
    expect(attempts).toHaveLength(3);
    await route.stop();
  });
});
