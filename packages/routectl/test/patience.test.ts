import { RouteError } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { startRedis, until } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { patiently } from '../src/run/patience.ts';
import { Fleet } from './support/fleet.ts';
import { start } from './support/routectl.ts';

/** A reading that fails so many times. */
function failing(times: number, error: Error): { readonly read: () => Promise<string>; count: number } {
  const reading = {
    count: 0,
    read: async () => {
      reading.count += 1;
      if (reading.count <= times) throw error;
      return 'read';
    },
  };
  return reading;
}

const away = new RouteError('STORE_ERROR', 'away');

it('repeats a reading while its failure may pass', async () => {
  const clock = new ManualClock();
  const reading = failing(3, away);
  const result = patiently({ clock, signal: new AbortController().signal }, reading.read);
  await clock.advance(1_499);
  expect(reading.count).toBe(3);
  await clock.advance(1);
  expect(await result).toBe('read');
});

it('gives up after half a minute, at once if it cannot pass, and when the command shall end', async () => {
  const clock = new ManualClock();
  const ending = new AbortController();
  const place = { clock, signal: ending.signal };
  const long = patiently(place, failing(Number.POSITIVE_INFINITY, away).read).catch(
    (error: unknown) => error,
  );
  await clock.advance(30_000);
  expect(await long).toBe(away);
  const refused = new RouteError('FENCED', 'refused');
  await expect(patiently(place, failing(1, refused).read)).rejects.toBe(refused);
  const broken = new TypeError('broken');
  await expect(patiently(place, failing(1, broken).read)).rejects.toBe(broken);
  const interrupted = patiently(place, failing(1, away).read);
  const reason = new Error('interrupted');
  queueMicrotask(() => ending.abort(reason));
  await expect(interrupted).rejects.toBe(reason);
});

it('events -f goes on after the store was away', async () => {
  const server = await startRedis({ args: { appendonly: 'yes', appendfsync: 'always' } });
  const redis = new Redis(server.url, { lazyConnect: true });
  const fleet = new Fleet({
    settings: { url: server.url },
    flags: ['--redis', server.url],
    redis,
    stop: async () => {},
  });
  try {
    await fleet.pod(0);
    const following = start(fleet.args('events', '-f', '--verbose', '--call-timeout', '300ms'));
    await until('the past', () => following.out.includes('started'));
    await server.kill();
    await until('the outage', () => following.err.includes('ECONNREFUSED'));
    // Meanwhile the journal is asked for more than once.
    for (let nth = 0; nth < 3; nth++) expect(await fleet.routectl('status')).toMatchObject({ status: 3 });
    await server.restart();
    await until('the intent is set', async () => (await fleet.routectl('cordon', '0')).status === 0);
    await until('the present', () => following.out.includes('cordon'));
    following.child.kill('SIGTERM');
    expect(await following.ended()).toMatchObject({ status: 130 });
  } finally {
    await fleet.stop();
    await server.stop();
  }
});
