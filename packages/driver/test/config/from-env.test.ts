import { isRouteError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { fromEnv } from '../../src/index.ts';

const noFile = (): undefined => undefined;

function faultNames(env: Record<string, string>): string[] {
  try {
    fromEnv(env, noFile);
  } catch (error) {
    if (isRouteError(error, 'INVALID_CONFIG')) return error.faults.map(({ name }) => name);
    throw error;
  }
  return [];
}

describe('fromEnv', () => {
  it('reads the identity of a StatefulSet’s pod', () => {
    const env = { POD_NAME: 'game-room-12', POD_NAMESPACE: 'prod' };
    expect(fromEnv(env, noFile)).toEqual({ namespace: 'prod', serviceName: 'game-room', podId: 12 });
  });

  it('takes pod 0 for a pod', () => {
    expect(fromEnv({ HOSTNAME: 'room-0', POD_NAMESPACE: 'prod' }, noFile).podId).toBe(0);
    expect(fromEnv({ HOSTNAME: 'room-7', POD_INDEX: '0', POD_NAMESPACE: 'prod' }, noFile).podId).toBe(0);
  });

  it('prefers POD_INDEX, and POD_NAME to HOSTNAME', () => {
    const env = { POD_INDEX: '3', POD_NAME: 'room-1', HOSTNAME: 'hall-2', POD_NAMESPACE: 'prod' };
    expect(fromEnv(env, noFile)).toEqual({ namespace: 'prod', serviceName: 'room', podId: 3 });
  });

  it('takes the namespace of the service account', () => {
    const read = (path: string): string | undefined =>
      path.endsWith('/serviceaccount/namespace') ? 'sa' : undefined;
    expect(fromEnv({ HOSTNAME: 'room-1' }, read).namespace).toBe('sa');
  });

  it.each([
    ['a name without an ordinal', { HOSTNAME: 'laptop', POD_NAMESPACE: 'prod' }, ['HOSTNAME']],
    ['an ordinal that is none', { POD_NAME: 'room-01', POD_NAMESPACE: 'prod' }, ['POD_NAME']],
    ['an index that is none', { POD_NAME: 'room-1', POD_INDEX: '-1', POD_NAMESPACE: 'prod' }, ['POD_INDEX']],
    ['a namespace that is none', { POD_NAME: 'room-1', POD_NAMESPACE: 'a/b' }, ['POD_NAMESPACE']],
    ['nothing at all', {}, ['HOSTNAME', 'POD_NAMESPACE']],
  ])('refuses %s', (_, env, names) => {
    expect(faultNames(env)).toEqual(names);
  });
});
