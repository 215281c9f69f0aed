import { describe, expect, it } from 'vitest';
import { InFlight } from '../src/fleet/in-flight.ts';

describe('InFlight', () => {
  it('reports the end of some work', async () => {
    const inFlight = new InFlight();
    let end: () => void = () => {};
    inFlight.add(
      new Promise((resolve) => {
        end = resolve;
      }),
    );
    const change = inFlight.change();
    expect(inFlight.size).toBe(1);
    end();
    await change;
    expect(inFlight.size).toBe(0);
    inFlight.throwIfFailed();
  });

  it('keeps an error until it is read', async () => {
    const inFlight = new InFlight();
    const change = inFlight.change();
    inFlight.add(Promise.reject(new Error('broken')));
    await change;
    expect(() => inFlight.throwIfFailed()).toThrow('broken');
  });

  it('resolves change() on wake()', async () => {
    const inFlight = new InFlight();
    const change = inFlight.change();
    inFlight.wake();
    await expect(change).resolves.toBeUndefined();
  });
});
