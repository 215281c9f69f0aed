import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { type Executors, silentLogger } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import {
  createStatefulRoute,
  defaultRouteDriverOptions,
  type RouteConfigInput,
  RouteDriverFactory,
  type RouteInfoDriver,
  type StatefulBaseConfig,
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

  it('reads the store for every query without a state cache', async () => {
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

  it('refuses a listener without a state cache, which would never be called', async () => {
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
  ])('calls a listener for changes at the next refresh, %s', async (_, options) => {
    const { clock, executors, stop } = await fixture();
    const driver = factory.createRouteInfoDriverWithOptions(...options(executors), withClock(clock));
    const reported: string[] = [];
    driver.registerRoutingStateChangedEvent('game', ({ podId, current }) => {
      reported.push(`${podId}: ${current?.state}`);
    });
    await driver.snapshot('game', 'room');
    await stop();
    expect(reported).toEqual([]);
    await clock.advance(5_000);
    expect(reported).toEqual(['0: TERMINATING']);
    await driver.stop();
  });

  const executors = createMemoryExecutors();
  const front = (config?: RouteConfigInput) =>
    createStatefulRoute({ executors, namespace: 'game', config }).routeInfo;
  const built = (...options: RouteDriverOption[]) =>
    factory.createRouteInfoDriverWithOptions(withExecutors(executors), ...options);
  const bare = (config?: StatefulBaseConfig) => factory.createRouteInfoDriver(config, undefined, executors);

  it.each<[string, RouteInfoDriver, number]>([
    ['createStatefulRoute', front(), 60],
    ['… with an undefined profile', front({ profile: undefined }), 60],
    ['… with a profile', front({ profile: 'compat' }), 300],
    ['… with a value beside the profile', front({ profile: 'compat', temporaryLinkSeconds: 10 }), 10],
    ['… with its older name', front({ linkInfoCacheTimeSecs: 10 }), 10],
    ['createRouteInfoDriver', bare(), 300],
    ['… with an undefined profile', bare({ profile: undefined }), 300],
    ['… with a profile', bare({ profile: 'realtime' }), 60],
    ['… with a value', bare({ temporaryLinkSeconds: 10 }), 10],
    ['createRouteInfoDriverWithOptions', built(), 300],
    ['… whose base is silent', built(withBaseConfig({})), 300],
    ['… whose base says undefined', built(withBaseConfig({ temporaryLinkSeconds: undefined })), 300],
    ['… whose base has a profile', built(withBaseConfig({ profile: 'realtime' })), 60],
    ['… whose base has a value', built(withBaseConfig({ temporaryLinkSeconds: 10 })), 10],
    ['… whose base has its older name', built(withBaseConfig({ linkInfoCacheTimeSecs: 10 })), 10],
    ['… of two bases', built(withBaseConfig({ profile: 'realtime' }), withBaseConfig({})), 300],
    [
      '… of the option before a base with the plain name',
      built(withLinkInfoCacheTime(20), withBaseConfig({ temporaryLinkSeconds: 10 })),
      20,
    ],
    [
      '… of the option after a base with the older name',
      built(withBaseConfig({ linkInfoCacheTimeSecs: 10 }), withLinkInfoCacheTime(20)),
      20,
    ],
    [
      '… of the option beside a profile',
      built(withBaseConfig({ profile: 'realtime' }), withLinkInfoCacheTime(20)),
      20,
    ],
    ['… of the option twice', built(withLinkInfoCacheTime(20), withLinkInfoCacheTime(30)), 30],
  ])('takes the time to live of links: %s', (_, driver, seconds) => {
    expect(driver.getLinkInfoCacheTimeSecs()).toBe(seconds);
  });

  it('checks a configuration beside the times of its own profile', () => {
    // As seldom as the times of `compat` allow, and those of `realtime` do not.
    const seldom = { stateRefreshMs: 5_000 };
    const refused = expect.objectContaining({
      faults: [expect.objectContaining({ name: 'stateRefreshMs' })],
    });
    for (const make of [
      (config: RouteConfigInput) => built(withBaseConfig(config)),
      bare,
      (config: RouteConfigInput) => factory.createStateCache(config, executors),
    ]) {
      expect(make(seldom)).toBeDefined();
      expect(() => make({ ...seldom, profile: 'realtime' })).toThrow(refused);
    }
    expect(() => front(seldom)).toThrow(refused);
    expect(front({ ...seldom, profile: 'compat' })).toBeDefined();
  });

  it('has default options that say so', () => {
    expect(defaultRouteDriverOptions()).toMatchObject({
      baseConfig: { profile: 'compat' },
      enableStateCache: true,
      enableEventNotify: true,
    });
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
