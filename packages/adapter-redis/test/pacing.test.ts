import { describe, expect, it } from 'vitest';
import { Pacing } from '../src/calls/call.ts';

/** After so many calls were sent, one command each, and none was answered. */
function inFlight(calls: number): Pacing {
  const pacing = new Pacing();
  for (let at = 0; at < calls; at++) pacing.sent(1);
  return pacing;
}

describe('calls that share a command', () => {
  it.each([
    [0, 128],
    [1, 128],
    [2, 1],
    [3, 1],
    [4, 2],
    [8, 4],
    [16, 4],
    [32, 8],
    [64, 16],
    [512, 128],
    [5_000, 128],
  ])('where %i are in flight, are %i', (calls, share) => {
    expect(inFlight(calls).groupSize).toBe(share);
  });

  it('follow the most that were in flight lately, not those of this moment', () => {
    const pacing = inFlight(64);
    pacing.ended(64);
    expect(pacing.idle).toBe(true);
    expect(pacing.groupSize).toBe(16);
  });

  it('are few again, some commands after a load is over', () => {
    const pacing = inFlight(64);
    pacing.ended(64);
    for (let command = 0; command < 32; command++) {
      pacing.sent(2);
      pacing.ended(2);
    }
    expect(pacing.groupSize).toBe(1);
  });
});
