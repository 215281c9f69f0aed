import { expect, it } from 'vitest';
import type { ServiceStateRead, StatefulServiceState } from '../src/domain/stateful-service-state.ts';
import { notDrained, notSafeToStop } from '../src/rules/fleet/safe-to-stop.ts';

const NOW = 1_000_000;

const pod = (podId: number, fields: Partial<StatefulServiceState> = {}): StatefulServiceState => ({
  podId,
  state: 'READY',
  routingState: 'READY',
  loadState: 0,
  metadata: {},
  updateTime: NOW,
  incarnation: 'a',
  leaseMs: 15_000,
  updatePeriodMs: 3_000,
  users: 2,
  ...fields,
});

const read = (...pods: readonly StatefulServiceState[]): ServiceStateRead => ({
  storeTime: NOW,
  epoch: 1,
  since: 1,
  pods: new Map(pods.map((each) => [each.podId, each])),
});

const draining = { routingState: 'DENY_NEW_CALL' } as const;

it.each<[string, StatefulServiceState, string | undefined]>([
  ['takes users', pod(0), 'it still takes new users'],
  ['has users', pod(0, draining), 'it holds 2 users'],
  ['has one user', pod(0, { ...draining, users: 1 }), 'it holds 1 user'],
  ['has nobody', pod(0, { ...draining, users: 0 }), undefined],
  ['does not say', pod(0, { ...draining, users: undefined }), 'it does not publish how many users it holds'],
  ['has ended', pod(0, { state: 'TERMINATING' }), undefined],
])('drained: a pod that %s', (_, each, why) => {
  expect(notDrained(each)).toBe(why);
});

const empty = pod(0, { ...draining, users: 0 });

it.each<[string, ServiceStateRead, string | undefined]>([
  ['others take its users', read(pod(0), pod(1)), undefined],
  ['it is alone', read(pod(0)), 'no other pod takes new users'],
  ['it is empty and alone', read(empty), 'no other pod takes new users'],
  ['the others drain', read(pod(0), pod(1, draining)), 'no other pod takes new users'],
  [
    'the others have no place',
    read(pod(0), pod(1, { maxUsers: 3 })),
    'it holds 2 users, and the others have 1 places',
  ],
  ['the others have places', read(pod(0), pod(1, { maxUsers: 3 }), pod(2, { maxUsers: 3 })), undefined],
  [
    'the directory is young',
    { ...read(pod(0), pod(1)), since: NOW - 5_000 },
    'the directory is younger than a lease: for 10.0s no pod counts as dead',
  ],
  ['it is empty, and the directory is young', { ...read(empty, pod(1)), since: NOW - 5_000 }, undefined],
  [
    'most pods fell silent',
    read(
      pod(0),
      pod(1, { updateTime: NOW - 14_000 }),
      pod(2, { updateTime: NOW - 14_000 }),
      pod(3, { updateTime: NOW - 14_000 }),
      pod(4),
    ),
    'more than half of the pods fell silent at once: nobody is taken over',
  ],
  ['it has ended', read(pod(0, { state: 'TERMINATING' })), undefined],
])('safe to stop: %s', (_, reading, why) => {
  expect(notSafeToStop(reading, reading.pods.get(0)!)).toBe(why);
});
