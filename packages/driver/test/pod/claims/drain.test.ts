import type { LogFields } from '@stateful-route/core';
import type { PodIntent } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

describe('drain', () => {
  it('refuses new users and ends when the last one left', async () => {
    const { clock, executors, pod } = podFixture();
    const { server, start, stop } = pod(0);
    await start();
    await server.claim('ada');
    await server.claim('bob');
    const progress: number[] = [];
    server.on('drainProgress', ({ left }) => progress.push(left));
    const draining = server.drain();
    await clock.advance(0);
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.routingState).toBe(
      'DENY_NEW_CALL',
    );
    expect(server.holds('ada')).toBe(true);
    await server.release('ada');
    await server.release('bob');
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(progress).toEqual([2, 1, 0]);
    expect(server.getRoutingState()).toBe('DENY_NEW_CALL');
    await stop();
  });

  it('runs out of time, and may be called again', async () => {
    const { clock, pod } = podFixture();
    const { server, start, stop } = pod(0);
    await start();
    await server.claim('ada');
    const first = server.drain({ deadlineMs: 5_000 });
    await clock.advance(5_000);
    expect(await first).toEqual({ left: 1, unsaved: [] });
    const second = server.drain();
    await clock.advance(24_999);
    await server.release('ada');
    expect(await second).toEqual({ left: 0, unsaved: [] });
    await stop();
  });

  it('stops waiting with the signal', async () => {
    const { pod } = podFixture();
    const { server, start, stop } = pod(0);
    await start();
    await server.claim('ada');
    expect(await server.drain({ signal: AbortSignal.abort() })).toEqual({ left: 1, unsaved: [] });
    await stop({ signal: AbortSignal.abort() });
  });

  it('is part of stop, which says who was left and gives them back', async () => {
    const { clock, executors, pod } = podFixture();
    // The last `timeoutMs`, 5 s, are kept for the last heartbeat.
    const { server, start, stop } = pod(0, { config: { drainTimeoutMs: 7_000 } });
    await start();
    await server.claim('ada');
    await server.claim('bob');
    const stopping = stop();
    await clock.advance(1_000);
    await server.release('bob');
    expect(await server.claim('cyd')).toEqual({ claimed: false, why: 'draining' });
    await clock.advance(1_000);
    expect(await stopping).toEqual({ left: 1, unsaved: [] });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });

  it('keeps the claims with leftover keep', async () => {
    const { executors, pod } = podFixture();
    const { server, start, stop } = pod(0, { config: { leftover: 'keep' } });
    await start();
    await server.claim('ada');
    await stop({ signal: AbortSignal.abort() });
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(0);
  });
});

describe('an operator', () => {
  it('drains a pod and lets it resume', async () => {
    const { clock, executors, pod } = podFixture();
    const { server, start, stop } = pod(0);
    await start();
    await executors.server.setPodIntent('game', 'room', 0, 'drain');
    await clock.advance(0);
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.routingState).toBe(
      'DENY_NEW_CALL',
    );
    await executors.server.setPodIntent('game', 'room', 0, 'resume');
    await clock.advance(0);
    expect(server.getRoutingState()).toBe('READY');
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.routingState).toBe(
      'READY',
    );
    await stop();
  });

  it('cordons a pod, which keeps its users, also in place of a drain', async () => {
    const { clock, executors, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    for (const each of [a, b]) await each.start();
    await a.server.claim('ada');
    a.server.onHandOff(async () => {});
    const intend = async (intent: PodIntent): Promise<void> => {
      await executors.server.setPodIntent('game', 'room', 0, intent);
      await clock.advance(60_000);
    };
    await intend('cordon');
    expect([a.server.getRoutingState(), a.server.holds('ada')]).toEqual(['DENY_NEW_CALL', true]);
    expect(await a.server.claim('bob')).toMatchObject({ claimed: false });
    await intend('drain');
    expect([a.server.getRoutingState(), a.server.holds('ada')]).toEqual(['DENY_NEW_CALL', false]);
    await intend('cordon');
    expect(a.server.getRoutingState()).toBe('DENY_NEW_CALL');
    await intend('resume');
    expect(a.server.getRoutingState()).toBe('READY');
    await Promise.all([a.stop(), b.stop()]);
  });

  it('ends a drain by a cordon: who is still there stays', async () => {
    const { clock, executors, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    for (const each of [a, b]) await each.start();
    for (const uid of ['ada', 'bob', 'eve', 'joe']) await a.server.claim(uid);
    a.server.onHandOff(async () => {});
    await executors.server.setPodIntent('game', 'room', 0, 'drain', { ratePerSecond: 1 });
    await clock.advance(1_500);
    const { size } = a.server.held();
    expect([1, 2, 3]).toContain(size);
    await executors.server.setPodIntent('game', 'room', 0, 'cordon');
    await clock.advance(60_000);
    expect(a.server.held().size).toBe(size);
    expect(a.server.getRoutingState()).toBe('DENY_NEW_CALL');
    await Promise.all([a.stop(), b.stop()]);
  });

  it('drains at a rate, for as long as that takes, and faster when told so', async () => {
    const { clock, executors, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    for (const each of [a, b]) await each.start();
    // Twice as many as `drainTimeoutMs`, 25 s, is enough for.
    const users = 50;
    for (let at = 0; at < users; at++) await a.server.claim(`user-${at}`);
    a.server.onHandOff(async () => {});
    await executors.server.setPodIntent('game', 'room', 0, 'drain', { ratePerSecond: 1 });
    await clock.advance(10_000);
    const moved = users - a.server.held().size;
    expect(moved).toBeGreaterThanOrEqual(10);
    expect(moved).toBeLessThanOrEqual(12);
    await clock.advance(users * 1_000);
    expect(a.server.held().size).toBe(0);

    await executors.server.setPodIntent('game', 'room', 0, 'resume');
    await clock.advance(60_000);
    for (let at = 0; at < 100; at++) await a.server.claim(`other-${at}`);
    await executors.server.setPodIntent('game', 'room', 0, 'drain', { ratePerSecond: 1 });
    await clock.advance(3_000);
    expect(a.server.held().size).toBeGreaterThan(90);
    await executors.server.setPodIntent('game', 'room', 0, 'drain', { ratePerSecond: 50 });
    await clock.advance(3_000);
    expect(a.server.held().size).toBe(0);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('is read with the next heartbeat when the push is lost, also by a pod that starts later', async () => {
    const { clock, executors, pod } = podFixture();
    const hearsNothing = async () => async (): Promise<void> => {};
    const stateFeed = { subscribe: hearsNothing, subscribePod: hearsNothing };
    const deaf = { overrides: { stateFeed } };
    const [a, b] = [pod(0, deaf), pod(1, deaf)];
    await a.start();
    for (const podId of [0, 1]) await executors.server.setPodIntent('game', 'room', podId, 'drain');
    await b.start();
    await clock.advance(30_000);
    expect([a.server.getRoutingState(), b.server.getRoutingState()]).toEqual([
      'DENY_NEW_CALL',
      'DENY_NEW_CALL',
    ]);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('logs once per intent that there is no onHandOff', async () => {
    const { clock, executors, pod } = podFixture();
    const lines: { level: string; message: string; fields: LogFields }[] = [];
    const line =
      (level: string) =>
      (fields: LogFields, message: string): void => {
        lines.push({ level, message, fields });
      };
    const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    const { server, start, stop } = pod(0, { logger });
    const other = pod(1);
    await start();
    await other.start();
    await server.claim('ada');
    const intend = async (intent: 'drain' | 'resume'): Promise<void> => {
      await executors.server.setPodIntent('game', 'room', 0, intent);
      await clock.advance(60_000);
    };

    await intend('drain');
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^an operator drains the pod.*route\.server\.onHandOff\(fn\)/),
        fields: { podId: 0, users: 1 },
      }),
    ]);
    expect(lines.at(-1)).toMatchObject({
      message: 'the drain of an operator is over',
      fields: { left: 1, unsaved: [], unsavedUsers: 0 },
    });
    expect(server.holds('ada')).toBe(true);
    expect(server.getRoutingState()).toBe('DENY_NEW_CALL');

    await intend('resume');
    await intend('drain');
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);

    await intend('resume');
    server.onHandOff(async () => {});
    await intend('drain');
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
    expect(server.holds('ada')).toBe(false);
    expect(lines.at(-1)).toMatchObject({ fields: { left: 0 } });
    await Promise.all([stop(), other.stop()]);
  });

  it('who resumes a pod that is not drained changes nothing', async () => {
    const { clock, executors, pod } = podFixture();
    const { server, start, stop } = pod(0);
    await start();
    await server.setRoutingState('DENY_NEW_CALL');
    await executors.server.setPodIntent('game', 'room', 0, 'resume');
    await clock.advance(60_000);
    expect(server.getRoutingState()).toBe('DENY_NEW_CALL');
    await stop();
  });
});
