import { describe, expect, it, vi } from 'vitest';
import { NOT_MINE, UNREACHABLE } from '../../src/index.ts';
import { callerFixture, PERIOD_MS, REFRESH_MS, settled } from '../caller-fixture.ts';

describe('a pod whose heart beats and whose port is dead', () => {
  it('gets no more users: new ones go elsewhere, and temporary links are moved', async () => {
    const { startedCaller, link } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });

    rooms.unreachable(0);
    expect(rooms.peek('ada')).toBeUndefined();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1, temporary: true });
    expect(await rooms.locate('bob')).toMatchObject({ podId: 1 });
    expect((await rooms.locateMany(['ada', 'cyd'])).get('cyd')).toMatchObject({ podId: 1 });
    expect(await link('ada')).toMatchObject({ podId: 1, permanent: false });
  });

  it('has a link of another caller moved, and not renewed by each lookup', async () => {
    const { startedCaller, link } = await callerFixture([0, 1]);
    const [far, near] = [await startedCaller(), await startedCaller()];
    await far.rooms.locate('ada');
    near.rooms.unreachable(0);
    expect(await near.rooms.locate('ada')).toMatchObject({ podId: 1 });
    expect(await link('ada')).toMatchObject({ podId: 1 });
    // The other caller reaches the pod, and gives it new users.
    expect(await far.rooms.locate('bob')).toMatchObject({ podId: 0 });
  });

  it('keeps the users who are its own, in the store and in memory', async () => {
    const { startedCaller, claim, link } = await callerFixture([0, 1]);
    await claim('ada', 0);
    const { rooms } = await startedCaller();
    await rooms.locate('ada');
    rooms.unreachable(0);
    expect(rooms.peek('ada')).toMatchObject({ podId: 0, temporary: false });
    rooms.forget('ada');
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: false });
    expect(await link('ada')).toMatchObject({ podId: 0, permanent: true });
  });

  it('does not get a claim that was made between the reading and the move', async () => {
    const { startedCaller, claim, link } = await callerFixture([0, 1]);
    const { rooms, around } = await startedCaller();
    await rooms.locate('ada');
    rooms.unreachable(0);
    around(async (call) => {
      if (call.method === 'replaceLinkedPod') await claim('ada', 0);
      return call.run(call.options);
    });
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: false });
    expect(await link('ada')).toMatchObject({ podId: 0, permanent: true });
  });

  it('is taken again after three of its periods', async () => {
    const { startedCaller, beat, clock } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    rooms.unreachable(0);
    const pass = async (ms: number): Promise<void> => {
      await clock.advance(ms);
      for (const podId of [0, 1]) await beat(podId);
      await clock.advance(0);
    };
    await pass(2 * PERIOD_MS);
    await pass(PERIOD_MS - 1);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
    await pass(1);
    expect(await rooms.locate('bob')).toMatchObject({ podId: 0 });
  });

  it('is taken again as soon as it beats as another incarnation', async () => {
    const { startedCaller, restart, clock } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    rooms.unreachable(0);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
    await restart(0);
    await clock.advance(REFRESH_MS);
    expect(await rooms.locate('bob')).toMatchObject({ podId: 0 });
  });

  it('is tried again where no pod can be reached, the one that was found so longest ago first', async () => {
    const { startedCaller, clock } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    rooms.unreachable(1);
    await clock.advance(10);
    rooms.unreachable(0);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
    await clock.advance(10);
    rooms.unreachable(1);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
    expect(await rooms.locate('bob')).toMatchObject({ podId: 0 });
  });

  it('is skipped if no pod can be reached and the first one takes no users', async () => {
    const { startedCaller, beat, clock } = await callerFixture([0, 1]);
    await beat(0, { loadState: 100 });
    const config = { overloadedAt: 10, rejectWhenOverloaded: true };
    const { rooms } = await startedCaller({ config });
    rooms.unreachable(0);
    await clock.advance(10);
    rooms.unreachable(1);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
  });

  it('is ignored if it is unknown, and refused if it is invalid', async () => {
    const { caller, startedCaller } = await callerFixture([0]);
    caller().rooms.unreachable(0);
    const { rooms } = await startedCaller();
    rooms.unreachable(7);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
    expect(() => rooms.unreachable(-1)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });
});

describe('a call whose pod cannot be reached', () => {
  it('is served by another pod at once, where no pod has accepted the user', async () => {
    const { startedCaller, link } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    const asked: number[] = [];
    const result = await rooms.call('ada', ({ podId }) => {
      asked.push(podId);
      return podId === 0 ? UNREACHABLE : 'served';
    });
    expect(result).toBe('served');
    expect(asked).toEqual([0, 1]);
    expect(await link('ada')).toMatchObject({ podId: 1 });
    expect(await rooms.locate('bob')).toMatchObject({ podId: 1 });
  });

  it('does the same after an error that says so, and lets one through that does not', async () => {
    const { startedCaller, beat, clock } = await callerFixture([0, 1]);
    for (const podId of [0, 1]) await beat(podId, { address: `10.0.0.${podId}:8080` });
    const { rooms } = await startedCaller();
    await clock.advance(REFRESH_MS);
    const refused = (address: string): Error =>
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address, port: 8080 });
    expect(
      await rooms.call('ada', ({ podId }) => {
        if (podId === 0) throw new TypeError('fetch failed', { cause: refused('10.0.0.0') });
        return 'served';
      }),
    ).toBe('served');
    const use = vi.fn<() => never>(() => {
      throw refused('10.0.0.9');
    });
    await expect(rooms.call('bob', use)).rejects.toThrow('connect');
    expect(use).toHaveBeenCalledTimes(1);
  });

  it('waits for its user’s own pod until the deadline, and leaves the claim where it is', async () => {
    const { startedCaller, claim, clock, link } = await callerFixture([0, 1]);
    await claim('ada', 0);
    const { rooms } = await startedCaller();
    const pods: number[] = [];
    const outcome = rooms
      .call('ada', ({ podId }) => (pods.push(podId), UNREACHABLE), { timeoutMs: 2_000 })
      .catch((error: unknown) => error);
    await clock.advance(2_001);
    expect(await outcome).toMatchObject({ code: 'POD_NOT_AVAILABLE', why: 'unreachable', podId: 0 });
    expect((await outcome) as { retryAfterMs: number }).toHaveProperty('retryAfterMs', expect.any(Number));
    expect(new Set(pods)).toEqual(new Set([0]));
    expect(pods.length).toBeGreaterThan(3);
    expect(await link('ada')).toMatchObject({ podId: 0, permanent: true });
  });

  it('is served by its user’s own pod when that can be reached again', async () => {
    const { startedCaller, claim, clock } = await callerFixture([0, 1]);
    await claim('ada', 0);
    const { rooms } = await startedCaller();
    let tries = 0;
    const result = rooms.call('ada', ({ podId }) => (++tries < 4 ? UNREACHABLE : podId));
    await clock.advance(1_000);
    expect(await result).toBe(0);
  });

  it('tries all pods in turn where none can be reached', async () => {
    const { startedCaller, clock } = await callerFixture([0, 1, 2]);
    const { rooms } = await startedCaller();
    const pods: number[] = [];
    const outcome = rooms
      .call('ada', ({ podId }) => (pods.push(podId), UNREACHABLE), { timeoutMs: 2_000 })
      .catch((error: unknown) => error);
    await clock.advance(2_001);
    expect(await outcome).toMatchObject({ code: 'POD_NOT_AVAILABLE', why: 'unreachable' });
    for (const podId of [0, 1, 2]) expect(pods.filter((each) => each === podId).length).toBeGreaterThan(1);
  });

  it.each([
    ['UNREACHABLE', UNREACHABLE, 1],
    ['NOT_MINE', NOT_MINE, 0],
  ] as const)('counts for the next call though %s comes after the deadline', async (_, late, next) => {
    const { startedCaller, clock } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    let answer!: (late: typeof UNREACHABLE | typeof NOT_MINE) => void;
    const use = (): Promise<typeof UNREACHABLE | typeof NOT_MINE> =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const outcome = rooms.call('ada', use, { timeoutMs: 100 }).catch((error: unknown) => error);
    await clock.advance(101);
    expect(await outcome).toMatchObject({ code: 'TIMEOUT' });
    answer(late);
    await settled();
    expect(rooms.peek('ada')).toBeUndefined();
    expect(await rooms.locate('bob')).toMatchObject({ podId: next });
  });

  it('does not mark a newer incarnation of the pod', async () => {
    const { startedCaller, restart } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    const pods: number[] = [];
    const result = await rooms.call('ada', async ({ podId }) => {
      if (pods.push(podId) > 1) return podId;
      await restart(podId);
      await settled();
      return UNREACHABLE;
    });
    expect(result).toBe(0);
    expect(pods).toEqual([0, 0]);
  });

  it('goes on after both answers', async () => {
    const { startedCaller, clock } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller();
    const answers = [NOT_MINE, UNREACHABLE, NOT_MINE, 'served'] as const;
    let at = 0;
    const result = rooms.call<string>('ada', () => answers[at++]!);
    await clock.advance(1_000);
    expect(await result).toBe('served');
  });
});
