import { createTestRoute } from '@stateful-route/testkit/test-route';
import { describe, expect, it } from 'vitest';
import { CheckedStorage } from '../src/application/checked-storage.ts';
import { HoldWatch } from '../src/application/hold-watch.ts';

describe('HoldWatch', () => {
  it('finds two pods that hold one user, once, with the calls before', async () => {
    // Two services: each pod is correct, and the watch treats them as pods of one service.
    await using one = await createTestRoute({ pods: 1, namespace: 'one' });
    await using other = await createTestRoute({ pods: 1, namespace: 'other' });
    const watch = new HoldWatch(['ada', 'bob']);
    const [first, second] = [one.pods[0]!, other.pods[0]!];
    watch.add(first, 'pod 0');
    watch.add(second, 'pod 1');
    await watch.around(one.executors, 'caller 0').stateful.getLink('one', 'ada', 'room');
    await first.server.claim('ada');
    await second.server.claim('bob');
    watch.look();
    expect(watch.found.size).toBe(0);

    await second.server.claim('ada');
    watch.look();
    watch.look();
    expect([...watch.found]).toEqual([
      ['pod 0 and pod 1 hold ada', [expect.stringContaining('caller 0: getLink')]],
    ]);
  });

  it('ignores a pod that has stopped', async () => {
    await using one = await createTestRoute({ pods: 1, namespace: 'one' });
    await using other = await createTestRoute({ pods: 1, namespace: 'other' });
    const watch = new HoldWatch(['ada']);
    for (const { pods } of [one, other]) {
      watch.add(pods[0]!, 'a pod');
      await pods[0]!.server.claim('ada');
    }
    watch.remove(one.pods[0]!);
    watch.look();
    expect(watch.found.size).toBe(0);
  });
});

describe('CheckedStorage', () => {
  it('refuses smaller tokens, and loads the last save', () => {
    const storage = new CheckedStorage();
    expect(storage.open('ada', 5)).toEqual({ ok: true, updates: [] });
    expect(storage.save('ada', 5, [1])).toBe(true);
    expect(storage.open('ada', 7)).toEqual({ ok: true, updates: [1] });
    expect(storage.save('ada', 5, [1, 2])).toBe(false);
    expect(storage.open('ada', 6)).toEqual({ ok: false, token: 7 });
    expect(storage.losses).toEqual([]);
  });

  it('finds overwritten updates', () => {
    const storage = new CheckedStorage();
    storage.save('ada', 5, [1, 2]);
    storage.save('ada', 5, [1, 2, 3]);
    storage.save('ada', 6, [1, 4]);
    expect(storage.losses).toEqual(['ada: token 6 overwrote 2 updates']);
    expect(storage.updatesOf('ada')).toEqual([1, 4]);
  });
});
