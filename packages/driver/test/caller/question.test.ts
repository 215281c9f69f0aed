import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { Question } from '../../src/caller/question.ts';

describe('the time that a question has left', () => {
  it('is all of it as long as none has passed, so that calls of one tick are given the same', async () => {
    const clock = new ManualClock();
    const time = new Question(clock, 'game', 'ada', 'room', 700);
    expect(time.options()).toEqual({ timeoutMs: 700 });
    await clock.advance(0.75);
    expect(time.options()).toEqual({ timeoutMs: 700 });
  });

  it('is what the earlier calls have not spent', async () => {
    const clock = new ManualClock();
    const time = new Question(clock, 'game', 'ada', 'room', 700);
    await clock.advance(200);
    expect(time.options()).toEqual({ timeoutMs: 500 });
    expect(new Question(clock, 'game', 'ada', 'room', 700).options()).toEqual({ timeoutMs: 700 });
    await clock.advance(499);
    expect(time.options()).toEqual({ timeoutMs: 1 });
  });

  it('is never none: a store refuses a deadline that is none', async () => {
    const clock = new ManualClock();
    const time = new Question(clock, 'game', 'ada', 'room', 700);
    await clock.advance(700);
    expect(time.options()).toEqual({ timeoutMs: 1 });
    await clock.advance(10_000);
    expect(time.options()).toEqual({ timeoutMs: 1 });
  });

  it('does not notice a step of the wall clock', () => {
    const clock = new ManualClock();
    const time = new Question(clock, 'game', 'ada', 'room', 700);
    clock.stepWallClock(3_600_000);
    expect(time.options()).toEqual({ timeoutMs: 700 });
  });
});
