import { type LogFields, routeError, silentLogger } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
const uids = Array.from({ length: 250 }, (_, at) => `user-${at}`);
const damaged = (operation: string): Error =>
  routeError(
    'STORE_ERROR',
    'The token record of user-0 holds no token.',
    { operation },
    { retryable: false },
  );

function world() {
  const { clock, executors, pod } = podFixture();
  const wire = { isDamaged: false, up: true, readings: 0 };
  const a = pod(0, { config }, async ({ method, args, options, run }) => {
    if (!wire.up) throw routeError('STORE_ERROR', 'cut', { operation: method }, { retryable: true });
    if (method === 'batchGetLink') wire.readings += 1;
    if (wire.isDamaged && method === 'trySetLinkedPod' && args[1] === 'user-0') throw damaged(method);
    return run(options);
  });
  return { clock, executors, a, wire };
}

it('one user whose record is damaged keeps no other from being healed', async () => {
  const { clock, executors, a, wire } = world();
  await a.start();
  for (const uid of uids) await a.server.claim(uid);
  wire.isDamaged = true;
  executors.faults.lose('links');
  wire.readings = 0;
  await clock.advance(25_000);
  const links = await executors.stateful.batchGetLink('game', uids, 'room');
  expect({ links: links.size, readings: wire.readings < 50 }).toEqual({ links: 249, readings: true });
});

it('one user whose record is damaged keeps no other from being taken up again', async () => {
  const { clock, a, wire } = world();
  await a.start();
  for (const uid of uids) await a.server.claim(uid);
  let unfenced = 0;
  a.server.on('unfenced', () => (unfenced += 1));
  wire.isDamaged = true;
  wire.up = false;
  await clock.advance(14_000);
  wire.up = true;
  wire.readings = 0;
  await clock.advance(10_000);
  expect({ held: a.server.held().size, unfenced, readings: wire.readings < 50 }).toEqual({
    held: 249,
    unfenced: 1,
    readings: true,
  });
});

it('users whose links cannot be read are named by the error of the line, and the others are healed', async () => {
  const { clock, executors, pod } = podFixture();
  const names = ['user-0', 'user-7'];
  let isDamaged = false;
  const lines: LogFields[] = [];
  const error = (fields: LogFields): void => {
    lines.push(fields);
  };
  const a = pod(0, { config, logger: { ...silentLogger, error } }, async ({ method, args, options, run }) => {
    const met = names.filter((uid) => method === 'batchGetLink' && (args[1] as string[]).includes(uid));
    if (!isDamaged || met.length === 0) return run(options);
    const fields = { operation: method, damaged: met };
    throw routeError('STORE_ERROR', 'no token', fields, { retryable: false });
  });
  await a.start();
  for (const uid of uids) await a.server.claim(uid);
  isDamaged = true;
  executors.faults.lose('links');
  await clock.advance(25_000);
  expect((await executors.stateful.batchGetLink('game', uids, 'room')).size).toBe(248);
  expect(lines).toMatchObject([{ users: 2, err: { damaged: names } }]);
});
