import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { LinkRequest } from '../../src/service/link-request.ts';

const request = (clock: ManualClock): LinkRequest =>
  new LinkRequest({ namespace: 'game', serviceName: 'room' }, 'ada', clock, 700, () => {});

describe('the timeout of the next store call of a request', () => {
  it('is the whole one while no time has passed, so that calls of one tick share it', async () => {
    const clock = new ManualClock();
    const time = request(clock);
    expect(time.options()).toEqual({ timeoutMs: 700 });
    await clock.advance(0.75);
    expect(time.options()).toEqual({ timeoutMs: 700 });
  });

  it('is what the earlier calls have left', async () => {
    const clock = new ManualClock();
    const time = request(clock);
    await clock.advance(200);
    expect(time.options()).toEqual({ timeoutMs: 500 });
    expect(request(clock).options()).toEqual({ timeoutMs: 700 });
    await clock.advance(499);
    expect(time.options()).toEqual({ timeoutMs: 1 });
  });

  it('is at least 1 ms, as a store refuses less', async () => {
    const clock = new ManualClock();
    const time = request(clock);
    await clock.advance(700);
    expect(time.options()).toEqual({ timeoutMs: 1 });
    await clock.advance(10_000);
    expect(time.options()).toEqual({ timeoutMs: 1 });
  });

  it('does not change with the wall clock', () => {
    const clock = new ManualClock();
    const time = request(clock);
    clock.stepWallClock(3_600_000);
    expect(time.options()).toEqual({ timeoutMs: 700 });
  });
});
