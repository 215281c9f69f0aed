import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

describe('two processes under one ordinal', () => {
  it('leave the later one: the earlier one is refused at its next heartbeat and serves nobody', async () => {
    const { clock, executors, pod } = podFixture();
    const [earlier, later] = [pod(0), pod(0)];
    const reported: string[] = [];
    await earlier.start();
    earlier.server.on('fenced', ({ reason }) => reported.push(reason));
    earlier.server.on('duplicateIncarnation', ({ incarnation }) => reported.push(incarnation));
    earlier.server.on('claimsLost', ({ uids }) => reported.push(...uids));
    await earlier.server.claim('ada');
    await later.start();
    expect(earlier.server.isFenced()).toBe(false);
    await clock.advance(30_000);
    expect(earlier.server.isFenced()).toBe(true);
    expect(earlier.server.holds('ada')).toBe(false);
    const [earlierRun, laterRun] = ['1700000000000.life-0-1.0', '1700000000000.life-0-2.0'];
    expect(reported).toEqual(['ada', earlierRun, 'a later process started under this ordinal']);
    await expect(earlier.server.claim('bob')).rejects.toMatchObject({ code: 'FENCED', podId: 0 });
    expect(earlier.liveness()).toEqual({
      alive: false,
      problems: ['another process runs under this ordinal'],
    });
    expect(earlier.readiness().ready).toBe(false);
    const incarnation = (await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.incarnation;
    expect(incarnation).toBe(laterRun);

    await earlier.stop();
    expect((await executors.stateful.getServiceState('game', 'room')).pods.get(0)?.state).toBe('READY');
    await later.stop();
  });

  it('give the later one greater tokens', async () => {
    const { pod } = podFixture();
    const [earlier, later] = [pod(0), pod(0)];
    await earlier.start();
    const first = await earlier.server.claim('ada');
    await later.start();
    const second = await later.server.claim('ada');
    expect(first.claimed && second.claimed && second.token > first.token).toBe(true);
    await Promise.all([
      earlier.stop({ signal: AbortSignal.abort() }),
      later.stop({ signal: AbortSignal.abort() }),
    ]);
  });

  it('calls all listeners even when one of them throws', async () => {
    const { clock, pod } = podFixture();
    const [earlier, later] = [pod(0), pod(0)];
    let reported = 0;
    await earlier.start();
    earlier.server.on('fenced', () => {
      throw new Error('a bad listener');
    });
    const off = earlier.server.on('fenced', () => {
      reported += 10;
    });
    earlier.server.on('fenced', () => {
      reported += 1;
    });
    off();
    await later.start();
    await clock.advance(30_000);
    expect(reported).toBe(1);
    await Promise.all([earlier.stop(), later.stop()]);
  });

  it('refuses to listen for what does not happen', () => {
    const { server } = podFixture().pod(0);
    expect(() => server.on('no-such-event' as 'fenced', () => {})).toThrow(/event must be one of/);
  });
});
