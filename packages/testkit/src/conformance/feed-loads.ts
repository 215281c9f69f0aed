import type { PodReport } from '@stateful-route/core/adapter';
import { readFeed } from './feed-reader.ts';
import { beatingPod } from './beating-pod.ts';
import type { Store, Suite } from './suite.ts';

/** Reports these loads, and returns those that are pushed after the first. */
async function pushed(
  store: Store,
  loads: readonly number[],
  fields: Partial<PodReport> = {},
): Promise<(number | undefined)[]> {
  const pod = beatingPod(store, 0, 'a');
  await pod.beat({ ...fields, loadState: loads[0] });
  const reader = await readFeed(store);
  for (const loadState of loads.slice(1)) await pod.beat({ ...fields, loadState });
  return (await reader.all()).map((event) => (event.type === 'state' ? event.current?.loadState : undefined));
}

/** Which changes of load are pushed. */
export function describeFeedLoads({ describe, test, expect }: Suite): void {
  describe('feed, loads', () => {
    test('pushes one that differs by more than the threshold', async (store) => {
      expect(await pushed(store, [10, 15, 15.5, 20.5, 10.5, 20.6], { loadChangeThreshold: 5 })).toEqual([
        15.5, 20.6,
      ]);
    });

    test('compares with the last pushed load, so that small steps add up', async (store) => {
      expect(await pushed(store, [0, 2, 4, 6, 8, 10, 12], { loadChangeThreshold: 5 })).toEqual([6, 12]);
    });

    test('has a default threshold of a tenth of the last pushed load', async (store) => {
      expect(await pushed(store, [100, 109, 110, 111, 120, 123, 90])).toEqual([111, 123, 90]);
    });

    test('has a default threshold of at least 1', async (store) => {
      expect(await pushed(store, [0, 0.5, 1, 1.25, 2, 2.5])).toEqual([1.25, 2.5]);
    });

    test('a threshold of 0 pushes every change', async (store) => {
      expect(await pushed(store, [1, 1, 1.001, 1.001, 0], { loadChangeThreshold: 0 })).toEqual([1.001, 0]);
    });

    test('compares with a load that was pushed for another reason too', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      await pod.beat({ loadState: 0, loadChangeThreshold: 5 });
      await pod.beat({ loadState: 4, loadChangeThreshold: 5, state: 'NOT_READY' });
      const reader = await readFeed(store);
      await pod.beat({ loadState: 8, loadChangeThreshold: 5, state: 'NOT_READY' });
      expect(await reader.all()).toEqual([]);
      await pod.beat({ loadState: 9.5, loadChangeThreshold: 5, state: 'NOT_READY' });
      expect((await reader.all()).length).toBe(1);
    });
  });
}
