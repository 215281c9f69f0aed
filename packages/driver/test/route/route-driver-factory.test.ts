import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { decorateExecutors, type Executors, ManualClock, silentLogger } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import {
  createStatefulRoute,
  defaultRouteDriverOptions,
  RouteDriverFactory,
  type RouteDriverOption,
  withBaseConfig,
  withClock,
  withEventNotify,
  withExecutors,
  withLinkInfoCacheTime,
  withLogger,
  withStateCache,
  withStrategy,
} from '../../src/index.ts';

async function fixture(): Promise<{
  clock: ManualClock;
  calls: string[];
  executors: Executors;
  stop: () => Promise<unknown>;
}> {
  const clock = new ManualClock();
  const calls: string[] = [];
  const store = createMemoryExecutors({ clock });
  const pod = createStatefulRoute({
    executors: store,
    namespace: 'game',
    serviceName: 'room',
    podId: 0,
    clock,
    logger: silentLogger,
  });
  await pod.start();
  const executors = decorateExecutors(store, ({ method, options, run }) => {
    calls.push(method);
    return run(options);
  });
  return { clock, calls, executors, stop: () => pod.stop() };
}

describe('RouteDriverFactory', () => {
  const factory = new RouteDriverFactory(silentLogger);

  it('builds a driver that works, from options', async () => {
    const { clock, calls, executors, stop } = await fixture();
    const driver = factory.createRouteInfoDriverWithOptions(
      withExecutors(executors),
      withClock(clock),
      withLogger(silentLogger),
      withStrategy('least-loaded'),
    );
    await driver.start();
    expect(await driver.getServiceBestPod('game', 'room')).toBe(0);
    expect(await driver.isPodRoutable('game', 'room', 0)).toBe(true);
    expect(calls).toEqual(['subscribe', 'getServiceState']);
    await expect(driver.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    await driver.stop();
    await driver.stop();
    calls.length = 0;
    await clock.advance(60_000);
    expect(calls).toEqual([]);
    await driver.start();
    expect(await driver.isPodAvailable('game', 'room', 0)).toBe(true);
    await driver.stop();
    await stop();
  });

  it('asks the store for every question without a state cache', async () => {
    const { calls, clock, executors, stop } = await fixture();
    const driver = factory.createRouteInfoDriverWithOptions(
      withExecutors(executors),
      withClock(clock),
      withStateCache(false),
    );
    expect(await driver.getServiceBestPod('game', 'room')).toBe(0);
    expect(await driver.isPodRoutable('game', 'room', 1)).toBe(false);
    expect([...(await driver.alivePods('game', 'room')).keys()]).toEqual([0]);
    expect(calls).toEqual(['getServiceState', 'getServiceState', 'getServiceState']);
    await driver.stop();
    await stop();
  });

  it('subscribes to nothing without event notification', async () => {
    const { calls, clock, executors, stop } = await fixture();
    const driver = factory.createRouteInfoDriverWithOptions(
      withExecutors(executors),
      withClock(clock),
      withEventNotify(false),
    );
    await driver.snapshot('game', 'room');
    await clock.advance(5_000);
    expect(calls).toEqual(['getServiceState', 'getServiceState']);
    await driver.stop();
    await stop();
  });

  it('refuses a listener without a state cache, which would never be told', async () => {
    const { executors, stop } = await fixture();
    const refused = expect.objectContaining({ code: 'MISSING_DEPENDENCY', dependency: 'stateCache' });
    const drivers = [
      factory.createRouteInfoDriverWithOptions(withExecutors(executors), withStateCache(false)),
      factory.createRouteInfoDriver({}, undefined, executors),
    ];
    for (const driver of drivers)
      expect(() => driver.registerRoutingStateChangedEvent('game', () => {})).toThrow(refused);
    await stop();
  });

  it.each([
    ['without event notification', (all: Executors) => [withExecutors(all), withEventNotify(false)]],
    ['of a bare stateful executor', (all: Executors) => [withExecutors(all.stateful)]],
  ])('tells a listener of changes at the next refresh, %s', async (_, options) => {
    const { clock, executors, stop } = await fixture();
    const driver = factory.createRouteInfoDriverWithOptions(...options(executors), withClock(clock));
    const told: string[] = [];
    driver.registerRoutingStateChangedEvent('game', ({ podId, current }) => {
      told.push(`${podId}: ${current?.state}`);
    });
    await driver.snapshot('game', 'room');
    await stop();
    expect(told).toEqual([]);
    await clock.advance(5_000);
    expect(told).toEqual(['0: TERMINATING']);
    await driver.stop();
  });

  it('lets argument beat base, the last option win, and undefined be not given', async () => {
    const { executors, stop } = await fixture();
    const time = (...options: RouteDriverOption[]): number =>
      factory
        .createRouteInfoDriverWithOptions(withExecutors(executors), ...options)
        .getLinkInfoCacheTimeSecs();
    expect(time()).toBe(300);
    expect(time(withBaseConfig({ linkInfoCacheTimeSecs: 10 }))).toBe(10);
    expect(time(withLinkInfoCacheTime(20), withBaseConfig({ linkInfoCacheTimeSecs: 10 }))).toBe(20);
    expect(time(withLinkInfoCacheTime(20), withLinkInfoCacheTime(30))).toBe(30);
    expect(time(withBaseConfig({ linkInfoCacheTimeSecs: undefined }))).toBe(300);
    expect(defaultRouteDriverOptions()).toMatchObject({ enableStateCache: true, enableEventNotify: true });
    await stop();
  });

  it('takes a bare stateful executor; tag calls then say what is missing', async () => {
    const { executors, stop } = await fixture();
    const driver = factory.createRouteInfoDriver(undefined, undefined, executors.stateful);
    expect(await driver.isWorkloadReady('game', 'room')).toBe(true);
    await expect(driver.getServiceNameByTag('game', 'a')).rejects.toMatchObject({
      code: 'MISSING_DEPENDENCY',
      dependency: 'ServerExecutor',
    });
    await stop();
  });

  it('shares a state cache between drivers', async () => {
    const { calls, executors, stop } = await fixture();
    const cache = factory.createStateCache({ stateRefreshMs: 1_000 }, executors);
    const drivers = [1, 2].map(() => factory.createRouteInfoDriver({}, cache, executors));
    for (const driver of drivers) expect(await driver.isPodRoutable('game', 'room', 0)).toBe(true);
    expect(calls).toEqual(['subscribe', 'getServiceState']);
    await cache.close();
    await stop();
  });

  it('names what is missing, and every fault', () => {
    expect(() => factory.createRouteInfoDriverWithOptions()).toThrow(
      expect.objectContaining({ code: 'MISSING_DEPENDENCY', dependency: 'StatefulExecutor' }),
    );
    const executors = createMemoryExecutors();
    expect(() =>
      factory.createRouteInfoDriver({ timeoutMs: -1, maxRetryCount: -1 }, undefined, executors),
    ).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        faults: [
          expect.objectContaining({ name: 'maxRetryCount' }),
          expect.objectContaining({ name: 'timeoutMs' }),
        ],
      }),
    );
  });
});
