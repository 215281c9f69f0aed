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
  it('has the times of realtime by default, which notices a death within seconds', () => {
    expect(resolveConfig()).toMatchObject({
      profile: 'realtime',
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
    expect(resolveConfig()).toEqual(resolveConfig({ profile: 'realtime' }));
  });

  it("has the older module's times in a profile of their own", () => {
    expect(resolveConfig({ profile: 'compat' })).toMatchObject({
      linkInfoCacheTimeSecs: 300,
      stateCacheExpireSecs: 300,
      serviceStateUpdatePeriodSeconds: 30,
      workloadStateUpdatePeriodSeconds: 60,
      stateRefreshMs: 5_000,
      fenceMarginMs: 30_000,
      retryDelayMs: 1_000,
      timeoutMs: 5_000,
      healthCheckIntervalMs: 30_000,
    });
  });

  it.each(['realtime', 'compat'] as const)('has the same of all else in the profile %s', (profile) => {
    expect(resolveConfig({ profile })).toMatchObject({
      cpuFactor: 0.7,
      rejectWhenOverloaded: false,
      routingPeers: undefined,
      deadOwner: 'relink',
      leftover: 'release',
      excludePods: [],
      maxRetryCount: 3,
      callTimeoutMs: 10_000,
      drainTimeoutMs: 25_000,
      linkCacheMax: 1_000_000,
      logLevel: 'INFO',
      enableMetrics: true,
      enableTracing: true,
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
    ['a lease that one lost heartbeat ends', { stateCacheExpireSecs: 7 }, 'stateCacheExpireSecs'],
    ['the same, by its plain name', { leaseSeconds: 7 }, 'leaseSeconds'],
    ['a margin that eats a lease that is not given', { fenceMarginMs: 9_000 }, 'leaseSeconds'],
    ['states read so seldom that healthy pods look suspect', { stateRefreshMs: 4_501 }, 'stateRefreshMs'],
    ['a refusal of overload without its measure', { rejectWhenOverloaded: true }, 'rejectWhenOverloaded'],
    ['an unknown profile', { profile: 'default' }, 'profile'],
    ['a profile that every object has', { profile: 'toString' }, 'profile'],
    ['a word for a number', { timeoutMs: '5' }, 'timeoutMs'],
    ['null', { timeoutMs: null }, 'timeoutMs'],
  ])('refuses %s', (_, input, name) => {
    expect(faultsOf(input).map((fault) => fault.name)).toEqual([name]);
  });

  it('takes a target for the number of pods, and refuses one that says nothing or contradicts itself', () => {
    const target = { usersPerPod: 200, min: 2, max: 20 };
    expect(resolveConfig({ replicaTarget: target }).replicaTarget).toEqual(target);
    for (const replicaTarget of [
      {},
      { min: 2 },
      { usersPerPod: 0 },
      { usersPerPod: 1, min: 3, max: 2 },
      { users: 1 },
      3,
    ]) {
      expect(faultsOf({ replicaTarget })).toMatchObject([{ name: 'replicaTarget' }]);
    }
  });

  it('says what to do in its message', () => {
    expect(() => resolveConfig({ timeoutMs: 0 })).toThrow('timeoutMs: must be above 0');
    expect(() => resolveConfig({ profile: 'default' as 'compat' })).toThrow(
      'profile: must be one of realtime, compat',
    );
    expect(() => resolveConfig({ leaseSecond: 1 } as RouteConfigInput)).toThrow('did you mean leaseSeconds?');
  });
});

describe.each([
  ['linkInfoCacheTimeSecs', 'temporaryLinkSeconds'],
  ['stateCacheExpireSecs', 'leaseSeconds'],
  ['serviceStateUpdatePeriodSeconds', 'heartbeatSeconds'],
] as const)('%s, whose plain name is %s', (older, plain) => {
  // Right for each of the three, beside a lease that is long enough.
  const [one, two] = [400, 500];
  const others = { stateCacheExpireSecs: 2_000 };

  it.each<[string, RouteConfigInput[], number]>([
    ['the older name', [{ [older]: one }], one],
    ['the plain name', [{ [plain]: one }], one],
    ['the plain name after the older one', [{ [older]: one }, { [plain]: two }], two],
    ['the older name after the plain one', [{ [plain]: one }, { [older]: two }], two],
    ['an undefined name after the other one', [{ [older]: one }, { [plain]: undefined }], one],
    ['an undefined name beside the other one', [{ [older]: undefined, [plain]: one }], one],
    ['a later layer that is silent', [{ [plain]: one }, {}, undefined as never], one],
    ['a wrong value, replaced', [{ [older]: 'x' as never }, { [plain]: one }], one],
    ['the profile', [{ [plain]: one }, { profile: 'compat' }], one],
  ])('is taken from %s', (_, layers, value) => {
    const config = resolveConfig({ ...others, [older]: undefined }, ...layers);
    expect(config[older]).toBe(value);
    expect(config).not.toHaveProperty(plain);
    expect(resolveConfig(config)).toEqual(config);
  });

  it('is refused where one layer gives both, beside every other fault', () => {
    const both = { [older]: one, [plain]: one };
    expect(faultsOf({ ...both, timeoutMs: -1 }).map(({ name }) => name)).toEqual([plain, 'timeoutMs']);
    expect(() => resolveConfig(both)).toThrow(`${plain}: is another name of ${older}; give one of the two`);
    expect(() => resolveConfig(both, { timeoutMs: 5 })).toThrow(older);
  });

  it.each([older, plain])('has its faults reported by the given name, %s', (name) => {
    for (const value of [0, -1, Number.NaN, 'x', null, 2_147_484])
      expect(faultsOf({ [name]: value }).map((fault) => fault.name)).toEqual([name]);
  });
});
