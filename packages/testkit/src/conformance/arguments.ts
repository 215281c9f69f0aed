import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import { type ArgumentKind, portOperations } from '@stateful-route/core/adapter';
import { callPort, callWell, goodArgument, portMethods } from './port-calls.ts';
import { report } from './beating-pod.ts';
import type { Suite } from './suite.ts';

const notStrings = [undefined, null, 0, 7, true, {}, [], ['game'], Symbol.iterator];
const badNames = [
  ...notStrings,
  '',
  '-a',
  'a-',
  '.a',
  '_a',
  'a b',
  'a/b',
  'a{b',
  'a}b',
  'a:b',
  'é',
  'a\n',
  '__proto__',
  'a'.repeat(254),
];
const badUids = [
  ...notStrings,
  '',
  'a{b',
  'a}b',
  '{ada}',
  'a\n',
  'a\u0000',
  '\u007f',
  '\u0085',
  '\ud800',
  'a\udc01',
  'x'.repeat(513),
  '用'.repeat(171),
];
const badIntegers = [
  undefined,
  null,
  '0',
  '1',
  -2,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 31,
  1n,
  {},
  [1],
  true,
];
const badPodIds = [...badIntegers, -1, -0];
const badSeconds = [...badIntegers, 0, -0, 1.5];

const bad: Readonly<Record<ArgumentKind, readonly unknown[]>> = {
  namespace: badNames,
  serviceName: badNames,
  tag: [...badNames.filter((name) => name !== 'a:b'), ':a', 'a:', '{a}'],
  uid: badUids,
  uids: [undefined, null, 'ada', {}, new Set(['ada']), ...badUids.map((uid) => ['ada', uid])],
  serviceNames: [undefined, null, 'room', {}, ...badNames.map((name) => ['room', name])],
  podId: badPodIds,
  pin: badPodIds.filter((value) => value !== undefined),
  from: badPodIds,
  to: badPodIds,
  persistSeconds: badSeconds,
  temporarySeconds: [...badSeconds, -1],
  report: [undefined, null, 'READY', [], {}],
  workload: [undefined, null, 'READY', [], {}],
  order: [undefined, null, 'move', [], {}],
  orderId: [undefined, null, '', 'a b', 'é', 'x'.repeat(129), 7],
  orderReport: [undefined, null, 'done', [], {}],
  event: [undefined, null, 'drain', [], {}, { type: 'guard', podId: 0, active: true }],
  intent: [undefined, null, '', 'DRAIN', 'stop', 1, ['drain']],
  frozen: [undefined, null, 0, 1, 'true', {}],
  callerId: [undefined, null, '', 'a b', 'é', 'x'.repeat(129), 7],
  ttlMs: [undefined, null, 0, -1, Number.NaN, 2 ** 31, '1'],
  word: [undefined, null, '', 'ready', 'UNKNOWN', 'state', 1, ['READY']],
  listener: [undefined, null, {}, 'listener'],
};

/** The argument's name in the error, if it differs from its kind. */
const parameterOf: Partial<Record<ArgumentKind, string>> = {
  temporarySeconds: 'persistSeconds',
  pin: 'podId',
};

/** Whether errors name the argument itself; for a list or an object they name the invalid part. */
const isNamedExactly = (kind: ArgumentKind): boolean =>
  !['uids', 'serviceNames', 'report', 'workload', 'order', 'orderReport', 'event'].includes(kind);

const badReports = {
  state: ['', 'ready', 'DOWN', 1, null],
  routingState: ['', 'ready', 'NOT_READY', null],
  loadState: [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null],
  incarnation: ['', 'a b', 'é', 'x'.repeat(129), 7, null],
  seq: [-1, 0.5, -0, '1', Number.NaN, Number.MAX_SAFE_INTEGER + 1],
  beatenBefore: [0, 'true', null],
  leaseMs: [0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY, '1'],
  updatePeriodMs: [0, -1, Number.NaN, 2 ** 31, '1'],
  address: [7, '\ud800', null],
  metadata: [null, 'a', ['a']],
  loadPerUser: [-1, Number.NaN, '1'],
  loadChangeThreshold: [-1, Number.NaN, '1'],
  deadOwner: ['keep', '', null],
  users: [-1, 0.5, '1', null],
  maxUsers: [0, 0.5, '1', null],
  revision: ['', 7, null],
  healing: ['lost', '', null],
};

/** Invalid arguments, and valid ones at the edge. */
export function describeArguments({ describe, test, expect, refused }: Suite): void {
  describe('arguments', () => {
    for (const method of portMethods) {
      const kinds = portOperations[method].args;
      test(`${method} refuses invalid ones, by name`, async (store) => {
        for (const [at, kind] of kinds.entries()) {
          for (const value of bad[kind]) {
            const args = kinds.map((each, index) => (index === at ? value : goodArgument(each, store.ns)));
            const parameter = parameterOf[kind] ?? kind;
            await refused(
              'INVALID_PARAMETER',
              callPort(store, method, args),
              isNamedExactly(kind) ? { parameter, retryable: false } : {},
            );
          }
        }
        for (const options of [null, 'fast', 7, []]) {
          await refused('INVALID_PARAMETER', callWell(store, method, options), { parameter: 'options' });
        }
        for (const unknown of ['timeoutms', 'persist', '__proto__']) {
          const options = Object.fromEntries([[unknown, 1]]);
          await refused('INVALID_PARAMETER', callWell(store, method, options), { parameter: unknown });
        }
      });
    }

    test('refuses each invalid field of a heartbeat', async ({ stateful, ns }) => {
      for (const [field, values] of Object.entries(badReports)) {
        for (const value of values) {
          const call = stateful.setServiceState(ns, 'room', 0, {
            ...report('a', 0),
            [field]: value,
          });
          await refused('INVALID_PARAMETER', call, { parameter: field });
        }
      }
      const metadata = { text: 'x'.repeat(70_000) };
      await refused(
        'INVALID_PARAMETER',
        stateful.setServiceState(ns, 'room', 0, report('a', 0, { metadata })),
        {
          parameter: 'report',
        },
      );
      expect((await stateful.getServiceState(ns, 'room')).pods.size).toBe(0);
    });

    test('refuses bad conditions', async ({ stateful, ns }) => {
      const trySet = (options: object): Promise<unknown> =>
        stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, options);
      const replace = (options: object): Promise<unknown> =>
        stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, options);
      const remove = (options: object): Promise<unknown> =>
        stateful.removeLinkedPod(ns, 'ada', 'room', options);
      const removeWithId = (options: object): Promise<unknown> =>
        stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, options);
      const force = (options: object): Promise<unknown> =>
        stateful.setLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, options);
      const place = (options: object): Promise<unknown> =>
        stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60, options);
      const removeState = (options: object): Promise<unknown> =>
        stateful.removeServiceState(ns, 'room', 0, options);

      for (const token of [0, -1, 0.5, '1', Number.NaN, 2 ** 53]) {
        await refused('INVALID_PARAMETER', trySet({ minToken: token }), { parameter: 'minToken' });
        await refused('INVALID_PARAMETER', trySet({ assertToken: token }), { parameter: 'assertToken' });
        await refused('INVALID_PARAMETER', force({ minToken: token }), { parameter: 'minToken' });
        await refused('INVALID_PARAMETER', replace({ ifToken: token }), { parameter: 'ifToken' });
        await refused('INVALID_PARAMETER', removeWithId({ token }), { parameter: 'token' });
      }
      await refused('INVALID_PARAMETER', trySet({ minToken: 2 ** 53 - 1 }), { parameter: 'minToken' });
      await refused('INVALID_PARAMETER', trySet({ minToken: 1, assertToken: 1 }));
      for (const incarnation of ['', 'a b', 7]) {
        await refused('INVALID_PARAMETER', trySet({ incarnation }), { parameter: 'incarnation' });
        await refused('INVALID_PARAMETER', force({ incarnation }), { parameter: 'incarnation' });
        await refused('INVALID_PARAMETER', removeState({ incarnation }), { parameter: 'incarnation' });
      }
      for (const keepSeconds of [-2, 0.5, '1', Number.NaN, 2 ** 31, null]) {
        await refused('INVALID_PARAMETER', remove({ keepSeconds }), { parameter: 'keepSeconds' });
        await refused('INVALID_PARAMETER', removeWithId({ keepSeconds }), { parameter: 'keepSeconds' });
      }
      for (const leaseMs of [0, -1, Number.NaN, 2 ** 31, '1']) {
        await refused('INVALID_PARAMETER', trySet({ leaseMs }), { parameter: 'leaseMs' });
        await refused('INVALID_PARAMETER', force({ leaseMs }), { parameter: 'leaseMs' });
      }
      for (const epoch of [-1, 0.5, '1', Number.NaN, 2 ** 53]) {
        for (const call of [trySet, place, replace]) {
          await refused('INVALID_PARAMETER', call({ epoch }), { parameter: 'epoch' });
        }
      }
      for (const despitePin of [-1, 0.5, '1', null, 2 ** 31]) {
        for (const call of [trySet, place, replace]) {
          await refused('INVALID_PARAMETER', call({ despitePin }), { parameter: 'despitePin' });
        }
      }
      for (const condition of ['onlyIfNamed', 'onlyIfClaimed']) {
        await refused('INVALID_PARAMETER', trySet({ [condition]: 1 }), { parameter: condition });
      }
      for (const call of [replace, removeWithId]) {
        await refused('INVALID_PARAMETER', call({ onlyIfTemporary: 'yes' }), {
          parameter: 'onlyIfTemporary',
        });
      }
      await refused('INVALID_PARAMETER', removeWithId({ token: 1, onlyIfTemporary: true }), {
        parameter: 'onlyIfTemporary',
      });
      await refused('INVALID_PARAMETER', remove({ token: 1 }), { parameter: 'token' });
      await refused('INVALID_PARAMETER', removeState({ updateTime: 0.5 }), { parameter: 'updateTime' });
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
    });

    test('refuses bad options of rosters', async ({ stateful, ns }) => {
      const enter = (options: object): Promise<unknown> =>
        stateful.enterRoster(ns, 'room', 0, 'ada', options as { incarnation: string });
      const leave = (options: object): Promise<unknown> =>
        stateful.leaveRoster(ns, 'room', 0, 'ada', options as { number: number });
      for (const incarnation of [undefined, '', 'a b', 7]) {
        await refused('INVALID_PARAMETER', enter({ incarnation }), { parameter: 'incarnation' });
      }
      for (const number of [undefined, -1, 0.5, '1', Number.NaN, 2 ** 53]) {
        await refused('INVALID_PARAMETER', leave({ number }), { parameter: 'number' });
      }
      for (const cursor of ['', 7, null]) {
        const read = stateful.readRoster(ns, 'room', 0, { cursor: cursor as string });
        await refused('INVALID_PARAMETER', read, { parameter: 'cursor' });
      }
      expect((await stateful.readRoster(ns, 'room', 0)).entries).toEqual([]);
    });

    test('a claim with the greatest minToken can still change owners', async ({ stateful, ns }) => {
      const minToken = 2 ** 53 - 2 ** 32;
      const claim = (podId: number): Promise<TrySetResult> =>
        stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, { minToken });
      expect(await claim(0)).toMatchObject({ linked: true, token: minToken });
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await claim(1)).toMatchObject({ linked: true, token: minToken + 1 });
      expect((await stateful.getLink(ns, 'ada', 'room')).token).toBe(minToken + 1);
    });

    test('accepts the longest and the largest', async ({ stateful, ns }) => {
      const service = `a${'.-_'.repeat(84)}`.slice(0, 252) + 'z';
      const podId = 2 ** 31 - 1;
      const uid = '用'.repeat(170) + 'ab';
      await stateful.setLinkedPodIfAbsent(ns, uid, service, podId, 2 ** 31 - 1);
      expect(await stateful.getLinkedPod(ns, uid, service)).toBe(podId);
      await stateful.setServiceState(ns, service, podId, report('~'.repeat(128), 0, { loadState: 1e300 }));
      expect((await stateful.getServiceState(ns, service)).pods.get(podId)?.loadState).toBe(1e300);
    });

    test('accepts the shortest', async ({ stateful, ns }) => {
      const made = await stateful.setLinkedPodIfAbsent(ns, 'u', 's', 0, 1);
      expect(made).toMatchObject({ podId: 0, created: true });
      // It may have expired by now.
      await stateful.setLinkedPod(ns, 'u', 's', 0, 60);
      expect(await stateful.getLinkedPod(ns, 'u', 's')).toBe(0);
    });
  });
}
