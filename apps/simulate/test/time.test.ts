import { describe, expect, it } from 'vitest';
import { ProcessClock, WORLD_EPOCH } from '../src/time/process-clock.ts';
import { WorldTime } from '../src/time/world-time.ts';

describe("the world's time", () => {
  it('lets all promises settle before the next event, however many follow each other', async () => {
    const time = new WorldTime();
    const seen: string[] = [];
    time.at(1, () => {
      let chain = Promise.resolve();
      for (let link = 0; link < 1_000; link++) chain = chain.then(() => {});
      void chain.then(() => seen.push('the end of a chain'));
    });
    time.at(2, () => seen.push('the next event'));
    await time.runUntil(10);
    expect(seen).toEqual(['the end of a chain', 'the next event']);
    expect(time.now).toBe(10);
  });

  it('skips cancelled events, and stops on request', async () => {
    const time = new WorldTime();
    const seen: number[] = [];
    const cancel = time.at(1, () => seen.push(1));
    cancel();
    time.at(2, () => seen.push(2));
    time.at(3, () => seen.push(3));
    await time.runUntil(10, () => seen.length < 1);
    expect(seen).toEqual([2]);
    expect(time.now).toBe(2);
  });
});

describe("a process's clock", () => {
  it('delays what falls into a pause, timers before arrivals', async () => {
    const time = new WorldTime();
    const clock = new ProcessClock(time);
    const seen: string[] = [];
    const note = (what: string) => () => seen.push(`${what} at ${clock.monotonic()}`);
    clock.deliver(note('an arrival'), 20);
    clock.setTimeout(note('a timer'), 30);
    clock.setTimeout(note('an earlier timer'), 25);
    clock.pause(100);
    await time.runUntil(200);
    expect(seen).toEqual(['an earlier timer at 100', 'a timer at 100', 'an arrival at 100']);
  });

  it('runs a timer of 0 after what has arrived', async () => {
    const time = new WorldTime();
    const clock = new ProcessClock(time);
    const seen: string[] = [];
    clock.setTimeout(() => seen.push('a timer'), 0);
    clock.deliver(() => seen.push('an arrival'), 0);
    await time.runUntil(5);
    expect(seen).toEqual(['an arrival', 'a timer']);
  });

  it('steps only its wall clock, and runs nothing once it is dead', async () => {
    const time = new WorldTime();
    const clock = new ProcessClock(time);
    clock.stepWall(-5_000);
    clock.setTimeout(() => expect.unreachable(), 10);
    await time.runUntil(5);
    expect([clock.now(), clock.monotonic()]).toEqual([WORLD_EPOCH - 4_995, 5]);
    clock.kill();
    await time.runUntil(50);
  });
});
