import type { Link, ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { goneReason } from '../src/fleet/gone-claims.ts';

const LEASE_MS = 15_000;
const NOW = 1_000_000;

const link = (fields: Partial<Link> = {}): Link => ({
  podId: 0,
  permanent: true,
  token: 1,
  incarnation: '100.first.0',
  ownerLeaseMs: LEASE_MS,
  ...fields,
});

function at(storeTime: number, ...pods: readonly Partial<StatefulServiceState>[]): ServiceStateRead {
  const entries = pods.map((pod, podId): [number, StatefulServiceState] => [
    podId,
    {
      podId,
      state: 'READY',
      routingState: 'READY',
      loadState: 0,
      metadata: {},
      updateTime: storeTime,
      leaseMs: LEASE_MS,
      updatePeriodMs: 3_000,
      incarnation: '100.first.0',
      ...pod,
    },
  ]);
  return { storeTime, epoch: 1, since: 1, pods: new Map(entries) };
}

const other = { incarnation: '300.other.0' };
const long = at(NOW - LEASE_MS - 1, { incarnation: '200.second.0' });

it.each<[string, Link, ServiceStateRead, ServiceStateRead, string | undefined]>([
  ['its process lives', link(), at(NOW, {}), at(NOW - 60_000, {}), undefined],
  [
    'its process lives, in a later life',
    link(),
    at(NOW, { incarnation: '100.first.2' }),
    at(0, {}),
    undefined,
  ],
  ['it is temporary', link({ permanent: false }), at(NOW), at(0), undefined],
  ['its pod has ended', link(), at(NOW, { state: 'TERMINATING' }, other), at(NOW), 'dead owner'],
  ['its pod has no entry, and others have', link({ podId: 1 }), at(NOW, other), at(NOW), 'dead owner'],
  [
    'its pod has no entry in a young directory',
    link({ podId: 1 }),
    { ...at(NOW, other), since: NOW - LEASE_MS },
    at(NOW),
    undefined,
  ],
  [
    'its pod is dead by age',
    link(),
    at(NOW, { updateTime: NOW - LEASE_MS - 1 }, other, other),
    at(NOW),
    'dead owner',
  ],
  ['most pods fell silent', link(), at(NOW, { updateTime: NOW - LEASE_MS - 1 }), at(NOW), 'dead owner'],
  [
    'most pods fell silent together',
    link(),
    at(NOW, { updateTime: NOW - LEASE_MS - 1 }, { updateTime: NOW - LEASE_MS - 1 }, other),
    at(NOW),
    undefined,
  ],
  [
    'a later process has stood for a lease',
    link(),
    at(NOW, { incarnation: '200.second.0' }),
    long,
    'earlier run',
  ],
  [
    'a later process has not stood for a lease',
    link(),
    at(NOW, { incarnation: '200.second.0' }),
    at(NOW - LEASE_MS, { incarnation: '200.second.0' }),
    undefined,
  ],
  [
    'a later process has just come',
    link(),
    at(NOW, { incarnation: '200.second.0' }),
    at(NOW - 60_000, {}),
    undefined,
  ],
  [
    'its own lease was longer',
    link({ ownerLeaseMs: 60_000 }),
    at(NOW, { incarnation: '200.second.0' }),
    long,
    undefined,
  ],
  [
    'its process is the later one',
    link({ incarnation: '300.third.0' }),
    at(NOW, { incarnation: '200.second.0' }),
    long,
    undefined,
  ],
  [
    'it names no process',
    link({ incarnation: undefined }),
    at(NOW, { incarnation: '200.second.0' }),
    long,
    undefined,
  ],
  [
    'its users wait for the ordinal',
    link(),
    at(NOW, { incarnation: '200.second.0', deadOwner: 'wait' }),
    long,
    undefined,
  ],
  [
    'its ordinal is gone, and users wait',
    link({ podId: 1 }),
    at(NOW, { deadOwner: 'wait' }),
    at(0),
    undefined,
  ],
  [
    'its pod is known by a word alone',
    link(),
    at(NOW, { updateTime: undefined, incarnation: undefined, leaseMs: undefined }),
    at(0),
    undefined,
  ],
])('a claim: %s', (_, claim, read, first, reason) => {
  expect(goneReason(claim, read, first)).toBe(reason);
});
