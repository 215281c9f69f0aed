import { type ConfigFault, isRouteError } from '@stateful-route/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Environment, fromEnv, type FromEnvOptions, type PodIdentity } from '../../src/index.ts';

const noFile = (): undefined => undefined;
const inProd = (env: Environment): Environment => ({ POD_NAMESPACE: 'prod', ...env });

function identityOf(env: Environment, options?: FromEnvOptions): PodIdentity | readonly ConfigFault[] {
  try {
    return fromEnv(env, options, noFile);
  } catch (error) {
    if (isRouteError(error, 'INVALID_CONFIG')) return error.faults;
    throw error;
  }
}

describe('fromEnv', () => {
  it.each<[string, Environment, FromEnvOptions | undefined, string, number]>([
    ['POD_NAME alone', { POD_NAME: 'game-room-12' }, undefined, 'game-room', 12],
    ['pod 0', { POD_NAME: 'room-0', POD_INDEX: '0' }, undefined, 'room', 0],
    ['the greatest ordinal', { POD_NAME: 'room-2147483647' }, undefined, 'room', 2_147_483_647],
    ['POD_INDEX with a name given', { POD_INDEX: '3' }, { serviceName: 'room' }, 'room', 3],
    [
      'POD_NAME beside a node’s HOSTNAME',
      { POD_NAME: 'room-1', HOSTNAME: 'ip-10-0-3-12' },
      undefined,
      'room',
      1,
    ],
    ['HOSTNAME of the service given', { HOSTNAME: 'room-7' }, { serviceName: 'room' }, 'room', 7],
    [
      'POD_INDEX beside a node’s HOSTNAME',
      { POD_INDEX: '3', HOSTNAME: 'ip-10-0-3-12' },
      { serviceName: 'room' },
      'room',
      3,
    ],
    ['what agrees', { POD_INDEX: '1', POD_NAME: 'room-1' }, { serviceName: 'room' }, 'room', 1],
    [
      'empty as not set',
      { POD_INDEX: '', POD_NAME: '', HOSTNAME: 'room-7' },
      { serviceName: 'room' },
      'room',
      7,
    ],
    ['an undefined option as not given', { POD_NAME: 'room-7' }, { serviceName: undefined }, 'room', 7],
  ])('takes %s', (_, env, options, serviceName, podId) => {
    expect(identityOf(inProd(env), options)).toEqual({ namespace: 'prod', serviceName, podId });
  });

  it.each<[string, Environment, FromEnvOptions | undefined, string[]]>([
    ['nothing at all', { POD_NAMESPACE: '' }, undefined, ['POD_NAME', 'POD_NAMESPACE']],
    ['HOSTNAME where no name was given', { HOSTNAME: 'room-7' }, undefined, ['POD_NAME']],
    ['a node’s HOSTNAME', { HOSTNAME: 'ip-10-0-3-12' }, { serviceName: 'room' }, ['POD_NAME']],
    ['POD_INDEX without a name', { POD_INDEX: '3' }, undefined, ['serviceName']],
    [
      'POD_INDEX whose name HOSTNAME would be',
      { POD_INDEX: '3', HOSTNAME: 'room-3' },
      undefined,
      ['serviceName'],
    ],
    ['two ordinals', { POD_INDEX: '3', POD_NAME: 'room-5' }, undefined, ['POD_NAME']],
    [
      'two ordinals, by HOSTNAME',
      { POD_INDEX: '3', HOSTNAME: 'room-5' },
      { serviceName: 'room' },
      ['HOSTNAME'],
    ],
    ['two names', { POD_NAME: 'room-5' }, { serviceName: 'hall' }, ['serviceName']],
    [
      'two of both',
      { POD_INDEX: '3', POD_NAME: 'room-5' },
      { serviceName: 'hall' },
      ['POD_NAME', 'serviceName'],
    ],
    ['a name without an ordinal', { POD_NAME: 'laptop' }, undefined, ['POD_NAME']],
    [
      'such a name beside an index',
      { POD_NAME: 'room-x', POD_INDEX: '3' },
      { serviceName: 'room' },
      ['POD_NAME'],
    ],
    ['an ordinal with zeros', { POD_NAME: 'room-01' }, undefined, ['POD_NAME']],
    ['an ordinal above the greatest', { POD_NAME: 'room-2147483648' }, undefined, ['POD_NAME']],
    ['an index with zeros', { POD_INDEX: '03' }, { serviceName: 'room' }, ['POD_INDEX']],
    ['an index below 0', { POD_NAME: 'room-1', POD_INDEX: '-1' }, undefined, ['POD_INDEX']],
    ['an index above the greatest', { POD_INDEX: '2147483648' }, { serviceName: 'room' }, ['POD_INDEX']],
    [
      'white space',
      { POD_INDEX: ' 3', POD_NAME: ' ', POD_NAMESPACE: 'prod\n' },
      undefined,
      ['POD_INDEX', 'POD_NAME', 'POD_NAMESPACE'],
    ],
    ['a service that is none', { POD_NAME: '_-1' }, undefined, ['POD_NAME']],
    ['a namespace that is none', { POD_NAME: 'room-1', POD_NAMESPACE: 'a/b' }, undefined, ['POD_NAMESPACE']],
    ['a wrong index and no name', { POD_INDEX: 'x' }, undefined, ['POD_INDEX', 'serviceName']],
    ['an option that is unknown', {}, { service: 'room' } as FromEnvOptions, ['service']],
    ['options that are none', {}, 'room' as FromEnvOptions, ['options']],
    ['an invalid environment', null as unknown as Environment, undefined, ['env']],
  ])('refuses %s', (_, env, options, names) => {
    const faults = identityOf(env === null ? env : inProd(env), options);
    expect((faults as ConfigFault[]).map(({ name }) => name)).toEqual(names);
  });

  it('takes the namespace of the service account where none is set', () => {
    const read = (path: string): string | undefined =>
      path.endsWith('/serviceaccount/namespace') ? 'sa' : undefined;
    expect(fromEnv({ POD_NAME: 'room-1' }, {}, read).namespace).toBe('sa');
    expect(fromEnv({ POD_NAME: 'room-1', POD_NAMESPACE: '' }, {}, read).namespace).toBe('sa');
    expect(fromEnv({ POD_NAME: 'room-1', POD_NAMESPACE: 'prod' }, {}, read).namespace).toBe('prod');
  });

  it('agrees with all that counts, or refuses', () => {
    const service = fc.constantFrom('room', 'hall', 'ip-10-0');
    const ordinal = fc.constantFrom('0', '1', '3', '03', '', ' 1', '2147483647', '2147483648', 'x', '-1');
    const name = fc.oneof(
      fc.constantFrom(undefined, '', 'room', '-', 'room-'),
      fc.tuple(service, ordinal).map((parts) => parts.join('-')),
    );
    const env = fc.record({
      POD_INDEX: fc.option(ordinal, { nil: undefined }),
      POD_NAME: name,
      HOSTNAME: name,
    });
    fc.assert(
      fc.property(env, fc.option(service, { nil: undefined }), (variables, serviceName) => {
        const found = identityOf(inProd(variables), { serviceName });
        if (!('podId' in found)) return;
        const { POD_INDEX: index, POD_NAME: podName, HOSTNAME: host } = variables;
        if (serviceName !== undefined) expect(found.serviceName).toBe(serviceName);
        if (index) expect(String(found.podId)).toBe(index);
        if (podName) expect(`${found.serviceName}-${found.podId}`).toBe(podName);
        // Without either it is that of HOSTNAME, with the given service.
        if (!index && !podName) expect(`${serviceName}-${found.podId}`).toBe(host);
      }),
      { numRuns: 2_000 },
    );
  });

  it('says what to do', () => {
    expect(() => fromEnv({ HOSTNAME: 'ip-10-0-3-12', POD_NAMESPACE: 'prod' })).toThrow(
      'POD_NAME: must be set, from metadata.name, or POD_INDEX beside the option serviceName. HOSTNAME is "ip-10-0-3-12", and counts only as',
    );
    expect(() => fromEnv({}, {}, () => undefined)).toThrow(
      'POD_NAME: must be set, from metadata.name, or POD_INDEX beside the option serviceName; POD_NAMESPACE: must be set, from metadata.namespace',
    );
    expect(() => fromEnv({ POD_INDEX: '3', POD_NAME: 'room-5', POD_NAMESPACE: 'prod' })).toThrow(
      'POD_NAME: is "room-5", but POD_INDEX is "3": both must name the same ordinal.',
    );
  });
});

it('takes the revision from POD_REVISION, if it is set', () => {
  const env = inProd({ POD_NAME: 'room-2' });
  const identity = { namespace: 'prod', serviceName: 'room', podId: 2 };
  expect(identityOf({ ...env, POD_REVISION: 'room-7d9f' })).toEqual({ ...identity, revision: 'room-7d9f' });
  for (const unset of ['', undefined]) {
    expect(identityOf({ ...env, POD_REVISION: unset })).toStrictEqual(identity);
  }
});
