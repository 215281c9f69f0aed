import { isRouteError, routeError } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
const lost = (operation: string): Error =>
  routeError('STORE_ERROR', 'The connection was lost.', { operation }, { retryable: true });

it('a claim in doubt when the pod stops rejects with a RouteError', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config: { ...config, drainTimeoutMs: 0 } }, async ({ method, options, run }) => {
    if (method === 'trySetLinkedPod') {
      await run(options);
      throw lost(method);
    }
    return run(options);
  });
  await a.start();
  const claim = a.server.claim('ada').catch((error: unknown) => error);
  await clock.advance(10);
  const stopping = a.stop();
  await clock.advance(2_000);
  await stopping;
  expect(isRouteError(await claim)).toBe(true);
});

it('a displaced process sends no forced link that waited for a scope', async () => {
  const { clock, executors, pod } = podFixture();
  const a = pod(0, { config });
  await a.start();
  await pod(1, { config }).start();
  let endScope!: () => void;
  const scope = a.server.claimScope('ada', () => new Promise<void>((resolve) => (endScope = resolve)));
  await clock.advance(0);
  const giving = a.server.setLinkedPod('game', 'ada', 'room', 1).catch((error: unknown) => error);
  await clock.advance(0);
  const replacement = pod(0, { config });
  await replacement.start();
  await clock.advance(4_000);
  expect(a.liveness().alive).toBe(false);
  await replacement.server.claim('ada');
  endScope();
  await scope;
  await clock.advance(0);
  expect(replacement.server.holds('ada')).toBe(true);
  expect((await executors.stateful.getLink('game', 'ada', 'room')).podId).toBe(0);
  expect(isRouteError(await giving)).toBe(true);
});

it('setLinkedPod to another pod ends with its signal and in its time', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config });
  await a.start();
  let endScope!: () => void;
  const scope = a.server.claimScope('ada', () => new Promise<void>((resolve) => (endScope = resolve)));
  await clock.advance(0);
  let ended: unknown;
  void a.server
    .setLinkedPod('game', 'ada', 'room', 1, { timeoutMs: 200 })
    .catch((error: unknown) => error)
    .then((outcome) => (ended = outcome ?? 'linked'));
  await clock.advance(1_000);
  expect(ended).toBeDefined();
  endScope();
  await scope;
});

it('a release whose turn comes after its deadline is made all the same', async () => {
  const { clock, executors, pod } = podFixture();
  let slow = false;
  const a = pod(0, { config: { ...config, deadOwner: 'wait' } }, async ({ method, options, run }) => {
    if (slow && (method === 'trySetLinkedPod' || method === 'enterRoster')) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 900));
    }
    return run(options);
  });
  await a.start();
  let endScope!: () => void;
  const scope = a.server.claimScope('ada', () => new Promise<void>((resolve) => (endScope = resolve)));
  await clock.advance(0);
  executors.faults.lose('links');
  slow = true;
  await clock.advance(15_050); // the heal pass enters the roster, and asserts the claim
  endScope();
  await scope;
  await clock.advance(5_000);
  slow = false;
  await clock.advance(5_000);
  expect(a.server.holds('ada')).toBe(false);
});

it('claimsLost names the users of a displaced pod whose application stops it at once', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config });
  await a.start();
  await a.server.claim('ada');
  const reported: string[] = [];
  a.server.on('claimsLost', ({ uids }) => reported.push(...uids));
  a.server.on('duplicateIncarnation', () => void a.stop());
  await pod(0, { config }).start();
  await clock.advance(4_000);
  expect(reported).toEqual(['ada']);
});

it('a full pod removes the temporary link before it answers', async () => {
  const { executors, pod } = podFixture();
  const a = pod(0, { config: { ...config, maxUsers: 1 } });
  await a.start();
  await a.server.claim('ada');
  await executors.stateful.setLinkedPodIfAbsent('game', 'bob', 'room', 0, 60);
  const answer = await a.server.claim('bob');
  expect(answer).toMatchObject({ claimed: false, why: 'full' });
  expect(await executors.stateful.getLinkedPod('game', 'bob', 'room')).toBeUndefined();
});

it('claims do not spin where the epoch is over and the beat fails at once', async () => {
  const { clock, executors, pod } = podFixture();
  let away = false;
  let claims = 0;
  const a = pod(0, { config }, async ({ method, options, run }) => {
    if (away && method === 'trySetLinkedPod' && (claims += 1) > 1_000) return new Promise(() => {});
    if (away && method === 'setServiceState') throw lost(method);
    return run(options);
  });
  await a.start();
  executors.faults.restart();
  away = true;
  const claim = a.server.claim('ada').catch((error: unknown) => error);
  await clock.advance(2_000);
  await claim;
  expect(claims).toBeLessThan(100);
});

it('a claim of a held user is answered while the pod stops and has not offered him yet', async () => {
  const { clock, pod } = podFixture();
  const [a, b] = [pod(0, { config }), pod(1, { config })];
  await a.start();
  await b.start();
  for (let at = 0; at < 100; at++) await a.server.claim(`user-${at}`);
  a.server.onHandOff(() => new Promise((resolve) => clock.setTimeout(resolve, 1_000)));
  const stopping = a.stop();
  await clock.advance(10);
  expect(a.server.holds('user-99')).toBe(true);
  const outcome = await a.server.claim('user-99').catch((error: unknown) => error);
  await clock.advance(30_000);
  await stopping;
  expect(outcome).toMatchObject({ claimed: true });
});
