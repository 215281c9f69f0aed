import { expect, it } from 'vitest';
import { runProgram } from '../run-program.ts';

const program = `
  import { createMemoryExecutors } from '@stateful-route/adapter-memory';
  import { systemClock } from '@stateful-route/core';
  import { DeadlineQueue } from '@stateful-route/core/adapter';
  import { createStatefulRoute } from '@stateful-route/driver';

  const warnings = [];
  process.on('warning', ({ name, message }) => warnings.push(name + ': ' + message));

  let early = 0;
  let due = 0;
  const cancel = systemClock.setTimeout(() => { early += 1; }, 2 ** 40, { keepsAlive: true });
  await new Promise((resolve) => {
    const isDue = () => { due += 1; if (due === 5) resolve(); };
    for (const ms of [-1, -1e9, NaN]) systemClock.setTimeout(isDue, ms);
    const deadlines = new DeadlineQueue(systemClock);
    for (const agoMs of [5_000, 10_000]) {
      deadlines.add({ deadline: systemClock.monotonic() - agoMs, expire: isDue });
    }
  });
  cancel();

  const room = { executors: createMemoryExecutors(), namespace: 'game', serviceName: 'room' };
  const services = Array.from({ length: 50 }, (_, i) => 'service-' + i);
  const pod = createStatefulRoute({ ...room, podId: 0, config: { drainTimeoutMs: 1_100 } });
  const gateway = createStatefulRoute({ ...room, services });
  const { signal } = new AbortController();
  let listeners = 0;
  signal.addEventListener = (...given) => {
    listeners += 1;
    EventTarget.prototype.addEventListener.apply(signal, given);
  };
  await pod.start({ signal });
  await gateway.start({ signal });
  const rooms = gateway.service('room');
  const uids = Array.from({ length: 50 }, (_, i) => 'user-' + i);
  const each = (prefix, act) => Promise.all(uids.map((uid) => act(prefix + uid)));
  await each('a', (uid) => rooms.locate(uid, { signal }));
  await each('b', (uid) => rooms.call(uid, () => 'served', { signal }));
  await rooms.locateMany(uids, { signal });
  await each('c', (uid) => pod.server.claim(uid, { signal }));
  await each('d', (uid) => pod.server.claimScope(uid, async () => {}, { signal }));
  await each('e', (uid) => gateway.client.getLinkedPod('game', uid, 'room', { signal }));
  await Promise.all(services.map((service) => gateway.routeInfo.alivePods('game', service, { signal })));
  await pod.server.handOff(uids, { signal });
  await gateway.stop({ signal });
  await pod.stop({ signal });
  await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify({ warnings, early, due, listeners }));
`;

it('Node warns of nothing: neither of timers that are due already, nor of 50 users who share a signal', () => {
  const { stdout, stderr } = runProgram(program);
  expect({ ...JSON.parse(stdout || '{}'), stderr }).toEqual({
    stderr: '',
    warnings: [],
    early: 0,
    due: 5,
    listeners: 1,
  });
});
