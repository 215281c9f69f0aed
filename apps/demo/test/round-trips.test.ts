import { describe, expect, it } from 'vitest';
import { RoundTrips } from '../src/gateway/round-trips.ts';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('RoundTrips', () => {
  it('gives each request its own round trips, however many are under way', async () => {
    const trips = new RoundTrips();
    trips.begin();
    const ask = (count: number): Promise<void> =>
      trips.during('first', async (request) => {
        for (let trip = 0; trip < count; trip++) {
          await later();
          trips.count();
        }
        request.routed();
      });
    await Promise.all([ask(1), ask(2), ask(6)]);
    expect(trips.mean('first')).toBe(3);
    expect(trips.total).toBe(9);
  });

  it('leaves to nobody what is done when the pod is known, and what timers of a request do', async () => {
    const trips = new RoundTrips();
    trips.begin();
    let background: Promise<void> | undefined;
    await trips.during('repeat', async (request) => {
      background = later().then(() => trips.count());
      request.routed();
      trips.count();
      await background;
    });
    expect(trips.mean('repeat')).toBe(0);
    expect(trips.total).toBe(2);
  });

  it('counts what follows a wrong pod as a relinking', async () => {
    const trips = new RoundTrips();
    trips.begin();
    await trips.during('repeat', async (request) => {
      request.routed();
      request.reroute();
      trips.count();
      trips.count();
      request.routed();
    });
    expect([trips.mean('repeat'), trips.mean('relink'), trips.mean('first')]).toEqual([0, 2, null]);
  });

  it('tells a relinking from a first link by the calls it takes', async () => {
    const trips = new RoundTrips();
    trips.begin();
    await trips.during('first', async (request) => {
      const call = { args: [], options: undefined, run: async () => trips.count() };
      await trips.noteRelinks({ ...call, method: 'setLinkedPodIfAbsent' });
      await trips.noteRelinks({ ...call, method: 'replaceLinkedPod' });
      request.routed();
    });
    expect([trips.mean('first'), trips.mean('relink')]).toEqual([null, 2]);
  });

  it('leaves out a routing that came to no pod, starting and stopping', async () => {
    const trips = new RoundTrips();
    trips.count();
    trips.begin();
    const failing = trips.during('first', async () => {
      trips.count();
      throw new Error('no pod');
    });
    await expect(failing).rejects.toThrow('no pod');
    trips.end();
    trips.count();
    expect([trips.mean('first'), trips.total]).toEqual([null, 1]);
  });
});
