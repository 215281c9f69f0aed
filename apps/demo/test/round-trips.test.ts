import { describe, expect, it } from 'vitest';
import { RoundTrips } from '../src/gateway/round-trips.ts';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('RoundTrips', () => {
  it('counts the round trips of concurrent requests separately', async () => {
    const trips = new RoundTrips();
    trips.begin();
    const ask = (count: number): Promise<void> =>
      trips.during('first', async (request) => {
        for (let trip = 0; trip < count; trip++) {
          await later();
          trips.countSent();
          trips.countWait();
        }
        request.routed();
      });
    await Promise.all([ask(1), ask(2), ask(6)]);
    expect(trips.mean('first')).toBe(3);
    expect(trips.total).toBe(9);
  });

  it('does not count calls after the pod is known, nor those of timers', async () => {
    const trips = new RoundTrips();
    trips.begin();
    let background: Promise<void> | undefined;
    await trips.during('repeat', async (request) => {
      background = later().then(() => trips.countWait());
      request.routed();
      trips.countWait();
      trips.countSent();
      await background;
    });
    expect(trips.mean('repeat')).toBe(0);
    expect(trips.total).toBe(1);
  });

  it('counts calls after a wrong pod as a relinking', async () => {
    const trips = new RoundTrips();
    trips.begin();
    await trips.during('repeat', async (request) => {
      request.routed();
      request.reroute();
      trips.countWait();
      trips.countWait();
      request.routed();
    });
    expect([trips.mean('repeat'), trips.mean('relink'), trips.mean('first')]).toEqual([0, 2, null]);
  });

  it('counts a shared round trip for each request', async () => {
    const trips = new RoundTrips();
    trips.begin();
    const ask = (): Promise<void> =>
      trips.during('first', async (request) => {
        trips.countWait();
        await later();
        request.routed();
      });
    trips.countSent();
    await Promise.all([ask(), ask(), ask()]);
    expect([trips.mean('first'), trips.total]).toEqual([1, 1]);
  });

  it('distinguishes a relinking from a first link by its calls', async () => {
    const trips = new RoundTrips();
    trips.begin();
    await trips.during('first', async (request) => {
      const call = { args: [], options: undefined, run: async () => trips.countWait() };
      await trips.noteRelinks({ ...call, method: 'setLinkedPodIfAbsent' });
      await trips.noteRelinks({ ...call, method: 'replaceLinkedPod' });
      request.routed();
    });
    expect([trips.mean('first'), trips.mean('relink')]).toEqual([null, 2]);
  });

  it('does not count routings that found no pod, starting and stopping', async () => {
    const trips = new RoundTrips();
    trips.countSent();
    trips.begin();
    const failing = trips.during('first', async () => {
      trips.countSent();
      trips.countWait();
      throw new Error('no pod');
    });
    await expect(failing).rejects.toThrow('no pod');
    trips.end();
    trips.countSent();
    expect([trips.mean('first'), trips.total]).toEqual([null, 1]);
  });
});
