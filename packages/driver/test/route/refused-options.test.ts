import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { isRouteError, silentLogger } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import {
  createStatefulRoute,
  eventLoopProbe,
  headlessDns,
  resolveConfig,
  RouteDriverFactory,
  withBaseConfig,
  withExecutors,
  withLinkInfoCacheTime,
  withStateCache,
  withStrategy,
} from '../../src/index.ts';

/* Invalid options are reported all at once, by name, and nothing is made. */

const executors = createMemoryExecutors();
const factory = new RouteDriverFactory(silentLogger);

type Make = (options?: unknown) => unknown;
const route: Make = (options) => createStatefulRoute(options as never);
const routeOf =
  (options: object): Make =>
  () =>
    route({ executors, namespace: 'game', ...options });
const driverOf =
  (...options: unknown[]): Make =>
  () =>
    factory.createRouteInfoDriverWithOptions(withExecutors(executors), ...(options as []));

function refusal(make: Make): unknown {
  try {
    return make();
  } catch (error) {
    if (isRouteError(error, 'INVALID_CONFIG')) return error.faults.map(({ name }) => name);
    if (isRouteError(error, 'MISSING_DEPENDENCY')) return error.dependency;
    throw error;
  }
}

describe('what is made with options that are none', () => {
  it.each<[string, Make, string[]]>([
    ['no options', () => route(), ['options']],
    ['null', () => route(null), ['options']],
    ['a string', () => route('room'), ['options']],
    ['an array', () => route([]), ['options']],
    ['a function', () => route(() => {}), ['options']],
    ['nothing in them', () => route({}), ['namespace', 'executors']],
    ['a namespace that is none', routeOf({ namespace: '' }), ['namespace']],
    ['a service that is none', routeOf({ serviceName: 'a b' }), ['serviceName']],
    ['an ordinal that is none', routeOf({ serviceName: 'room', podId: -1 }), ['podId']],
    ['a pod without a service', routeOf({ podId: 0 }), ['serviceName']],
    ['services that are none', routeOf({ services: ['-'] }), ['services']],
    ['services that are no list', routeOf({ services: 'room' }), ['services']],
    ['names that are unknown', routeOf({ adress: 'a', cofig: {} }), ['adress', 'cofig']],
    ['an invalid address', routeOf({ address: '' }), ['address']],
    ['a drain’s unknown name', routeOf({ drain: { onHandoff: () => {} } }), ['drain.onHandoff']],
    [
      'a drain’s wrong value',
      routeOf({ drain: { concurrency: 0, deadlineMs: 3e9 } }),
      ['drain.concurrency', 'drain.deadlineMs'],
    ],
    ['an invalid drain', routeOf({ drain: () => {} }), ['drain']],
    [
      'an unknown part',
      routeOf({ overrides: { clok: 1, place: {} } }),
      ['overrides.clok', 'overrides.place'],
    ],
    ['an unknown strategy', routeOf({ strategy: 'best' }), ['strategy']],
    ['an invalid strategy', routeOf({ strategy: {} }), ['strategy']],
    ['a clock that is none', routeOf({ clock: Date }), ['clock']],
    ['an invalid logger', routeOf({ logger: console.log }), ['logger']],
    [
      'functions that are none',
      routeOf({ resolveAddress: 'a', loadProbe: 1 }),
      ['resolveAddress', 'loadProbe'],
    ],
    ['a configuration that is none', routeOf({ config: 'realtime' }), ['config']],
    ['wrong configuration', routeOf({ config: { timeoutMs: -1, timoutMs: 1 } }), ['timeoutMs', 'timoutMs']],
    [
      'faults of every kind',
      () => route({ namespace: '{', config: { cpuFactor: 2 }, pods: 3 }),
      ['namespace', 'cpuFactor', 'pods', 'executors'],
    ],
  ])('a route with %s', (_, make, names) => {
    expect(refusal(make)).toEqual(names);
  });

  it('says which name was meant', () => {
    expect(routeOf({ adress: 'a' })).toThrow('adress: is unknown; did you mean address?');
    expect(routeOf({ config: { stateRefresh: 1 } })).toThrow('did you mean stateRefreshMs?');
  });

  it('a route without executors misses them alone', () => {
    expect(refusal(() => route({ namespace: 'game' }))).toBe('executors');
    expect(refusal(() => route({ namespace: 'game', executors: 'redis' }))).toBe('executors.stateful');
  });

  it.each<[string, Make, unknown]>([
    ['no executor', () => factory.createRouteInfoDriverWithOptions(), 'StatefulExecutor'],
    [
      'a string for one',
      () => factory.createRouteInfoDriver({}, undefined, 'redis' as never),
      'StatefulExecutor',
    ],
    ['an option that is none', driverOf('cache'), ['options']],
    [
      'an option that makes none',
      driverOf(() => undefined),
      ['baseConfig', 'enableStateCache', 'enableEventNotify'],
    ],
    ['an option of its own', driverOf((options: object) => ({ ...options, cache: true })), ['cache']],
    [
      'values that are none',
      driverOf(withStateCache('no' as never), withStrategy('best' as never)),
      ['enableStateCache', 'strategy'],
    ],
    ['a time that no timer holds', driverOf(withLinkInfoCacheTime(3e9)), ['linkInfoCacheTimeSecs']],
    ['wrong configuration', driverOf(withBaseConfig({ timoutMs: 1 } as never)), ['timoutMs']],
  ])('a driver with %s', (_, make, expected) => {
    expect(refusal(make)).toEqual(expected);
  });

  it.each<[string, Make, string[]]>([
    ['headlessDns without options', () => headlessDns(undefined as never), ['port']],
    ['headlessDns with an unknown name', () => headlessDns({ port: 1, domain: 'a' } as never), ['domain']],
    [
      'headlessDns with wrong values',
      () => headlessDns({ port: 65_536, governingService: 'a b', clusterDomain: 'a b' }),
      ['port', 'governingService', 'clusterDomain'],
    ],
    ['eventLoopProbe without options', () => eventLoopProbe(undefined as never), ['full']],
    [
      'eventLoopProbe with wrong values',
      () => eventLoopProbe({ full: Number.NaN, ful: 1 } as never),
      ['full', 'ful'],
    ],
    [
      'createMemoryExecutors with an unknown name',
      () => createMemoryExecutors({ clok: 1 } as never),
      ['clok'],
    ],
    ['createMemoryExecutors with null', () => createMemoryExecutors(null as never), ['options']],
  ])('%s', (_, make, names) => {
    expect(refusal(make)).toEqual(names);
  });

  it('a configuration with a value that no timer or count holds', () => {
    const { profile, logLevel, excludePods, ...values } = resolveConfig({ overloadedAt: 1, maxUsers: 1 });
    const numbers = Object.entries(values).filter(([, value]) => typeof value === 'number');
    expect(numbers.length).toBeGreaterThan(15);
    // Loads are bounded by what a number is; all else by less.
    for (const [name] of numbers) {
      const value = name === 'overloadedAt' || name === 'loadPerUser' ? Number.POSITIVE_INFINITY : 2 ** 53;
      expect(refusal(() => resolveConfig({ [name]: value }))).toContain(name);
    }
    expect(refusal(() => resolveConfig({ excludePods: [2 ** 31] }))).toEqual(['excludePods']);
    expect([profile, logLevel, excludePods]).toEqual(['realtime', 'INFO', []]);
  });

  it('takes the greatest times that a timer holds', () => {
    expect(resolveConfig({ timeoutMs: 2 ** 31 - 1, linkInfoCacheTimeSecs: 2_147_483 }).timeoutMs).toBe(
      2 ** 31 - 1,
    );
    expect(refusal(() => resolveConfig({ timeoutMs: 2 ** 31 }))).toEqual(['timeoutMs']);
    expect(refusal(() => resolveConfig({ timeoutMs: 3e9 }))).toEqual(['timeoutMs']);
    expect(refusal(() => resolveConfig({ linkInfoCacheTimeSecs: 2_147_484 }))).toEqual([
      'linkInfoCacheTimeSecs',
    ]);
  });
});
