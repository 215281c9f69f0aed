import { isRouteError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { resolveConfig, type RouteConfigInput } from '../../src/index.ts';

function faultsOf(input: unknown): readonly { name: string; problem: string }[] {
  try {
    resolveConfig(input as RouteConfigInput);
  } catch (error) {
    if (isRouteError(error, 'INVALID_CONFIG')) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('has defaults', () => {
    expect(resolveConfig()).toMatchObject({
      linkInfoCacheTimeSecs: 300,
      stateCacheExpireSecs: 300,
      serviceStateUpdatePeriodSeconds: 30,
      workloadStateUpdatePeriodSeconds: 60,
      stateRefreshMs: 5_000,
      fenceMarginMs: 30_000,
      cpuFactor: 0.7,
      rejectWhenOverloaded: false,
      routingPeers: 1,
      deadOwner: 'relink',
      leftover: 'release',
      excludePods: [],
      maxRetryCount: 3,
      retryDelayMs: 1_000,
      timeoutMs: 5_000,
      healthCheckIntervalMs: 30_000,
      drainTimeoutMs: 25_000,
      linkCacheMax: 1_000_000,
      logLevel: 'INFO',
      enableMetrics: true,
      enableTracing: true,
    });
  });

  it('has a profile for those who must notice a death within seconds', () => {
    expect(resolveConfig({ profile: 'realtime' })).toMatchObject({
      linkInfoCacheTimeSecs: 60,
      stateCacheExpireSecs: 15,
      serviceStateUpdatePeriodSeconds: 3,
      workloadStateUpdatePeriodSeconds: 6,
      stateRefreshMs: 1_000,
      fenceMarginMs: 1_500,
      retryDelayMs: 50,
      timeoutMs: 1_000,
      healthCheckIntervalMs: 3_000,
    });
  });

  it('takes the last layer that gives a name; undefined is not given', () => {
    const config = resolveConfig(
      { timeoutMs: 1, cpuFactor: 0.1 },
      undefined,
      { timeoutMs: 2 },
      { cpuFactor: undefined },
    );
    expect(config).toMatchObject({ timeoutMs: 2, cpuFactor: 0.1 });
  });

  it('takes fractional seconds', () => {
    const config = resolveConfig({
      stateCacheExpireSecs: 2.5,
      serviceStateUpdatePeriodSeconds: 0.5,
      stateRefreshMs: 200,
    });
    expect(config.stateCacheExpireSecs).toBe(2.5);
  });

  it('names every fault at once', () => {
    const names = faultsOf({
      timeoutMs: -1,
      cpuFactor: 2,
      logLevel: 'LOUD',
      excludePods: [-1],
      routingPeers: 0,
      linkCacheMax: 1.5,
      stateRefreshMs: Number.NaN,
      nonsense: 1,
    }).map(({ name }) => name);
    expect(names.toSorted()).toEqual(
      [
        'cpuFactor',
        'excludePods',
        'linkCacheMax',
        'logLevel',
        'nonsense',
        'routingPeers',
        'stateRefreshMs',
        'timeoutMs',
      ].toSorted(),
    );
  });

  it.each([
    ['a lease that one lost heartbeat ends', { stateCacheExpireSecs: 60 }, 'stateCacheExpireSecs'],
    ['a margin that eats the lease', { fenceMarginMs: 240_000 }, 'stateCacheExpireSecs'],
    ['states read so seldom that healthy pods look suspect', { stateRefreshMs: 45_001 }, 'stateRefreshMs'],
    ['a refusal of overload without its measure', { rejectWhenOverloaded: true }, 'rejectWhenOverloaded'],
    ['an unknown profile', { profile: 'slow' }, 'profile'],
    ['a word for a number', { timeoutMs: '5' }, 'timeoutMs'],
    ['null', { timeoutMs: null }, 'timeoutMs'],
  ])('refuses %s', (_, input, name) => {
    expect(faultsOf(input).map((fault) => fault.name)).toEqual([name]);
  });

  it('says what to do in its message', () => {
    expect(() => resolveConfig({ timeoutMs: 0 })).toThrow('timeoutMs: must be above 0');
  });
});
