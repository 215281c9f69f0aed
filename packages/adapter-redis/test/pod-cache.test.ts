import { type LogFields, type ServiceStateRead, silentLogger } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { PodCache } from '../src/stored/pod-cache.ts';
import { reportJson } from '../src/stored/pod-info.ts';
import { report } from './support/redis-fixture.ts';

/** The details of a pod, as a heartbeat stores them. */
function details(seq: number, loadState = 0): string {
  return `{"updateTime":${1_000 + seq},"incarnation":"a",${reportJson(report('a', seq, { loadState })).slice(1)}`;
}

type Stored = Readonly<Record<string, string>>;

function flat(stored: Stored): string[] {
  return Object.entries(stored).flat();
}

function read(
  known: PodCache,
  infos: Stored,
  words: Stored = {},
  key = 'room',
): Omit<ServiceStateRead, 'epoch'> {
  return known.read(key, {
    storeTime: 9_000,
    infos: flat(infos),
    words: flat(words),
    frozen: undefined,
    callers: undefined,
  });
}

describe('known pods', () => {
  it('are the same objects as long as the same is stored of them', () => {
    const known = new PodCache(silentLogger);
    const infos = { '@since': '7', '0': details(0), '1': details(0), '@events': '5' };
    const before = read(known, infos);
    expect(before).toMatchObject({ storeTime: 9_000, since: 7 });
    const after = read(known, { ...infos, '@events': '6' });
    expect(after.pods).toBe(before.pods);
  });

  it('are parsed again if they have sent a heartbeat, and only then', () => {
    const known = new PodCache(silentLogger);
    const before = read(known, { '0': details(0), '1': details(0), '2': details(0) });
    const after = read(known, { '0': details(0), '1': details(1, 4), '2': details(0) });
    expect([...after.pods.keys()]).toEqual([0, 1, 2]);
    expect(after.pods.get(1)).toMatchObject({ podId: 1, loadState: 4, updateTime: 1_001 });
    expect(after.pods.get(0)).toBe(before.pods.get(0));
    expect(after.pods.get(2)).toBe(before.pods.get(2));
    // Somebody may still hold what was read earlier.
    expect(before.pods.get(1)).toMatchObject({ loadState: 0 });
    expect(read(known, { '0': details(0), '1': details(0), '2': details(0) }).pods.get(1)).toMatchObject({
      loadState: 0,
    });
  });

  it.each<[string, Stored, number[]]>([
    ['come', { '5': details(0), '1': details(0), '3': details(0), '10': details(2) }, [1, 3, 5, 10]],
    ['vanish', { '1': details(0) }, [1]],
    ['are replaced by others', { '1': details(0), '2': details(0) }, [1, 2]],
    ['are all gone', {}, []],
  ])('are right where pods %s', (_, infos, podIds) => {
    const known = new PodCache(silentLogger);
    read(known, { '1': details(0), '3': details(0) });
    const { pods } = read(known, infos);
    expect([...pods.keys()]).toEqual(podIds);
    for (const podId of podIds) expect(pods.get(podId)).toMatchObject({ podId, incarnation: 'a' });
    expect([...read(known, infos).pods.keys()]).toEqual(podIds);
  });

  it('of a new directory are read as stored, whatever was cached', () => {
    const known = new PodCache(silentLogger);
    expect(read(known, { '@since': '7', '0': details(0) }).since).toBe(7);
    expect(read(known, { '@since': '8', '0': details(0) }).since).toBe(8);
    expect(read(known, { '0': details(0) }).since).toBeUndefined();
  });

  it('include those that are only words, which are no pods of ours', () => {
    const known = new PodCache(silentLogger);
    const infos = { '1': details(0) };
    const words = { '1': 'NOT_READY', '0': 'READY', '12': 'Idle', x: 'READY', '007': 'READY' };
    const { pods } = read(known, infos, words);
    expect([...pods.keys()]).toEqual([0, 1, 12]);
    expect(pods.get(0)).toEqual({
      podId: 0,
      state: 'READY',
      loadState: 0,
      routingState: 'READY',
      metadata: {},
    });
    expect(pods.get(1)).toMatchObject({ state: 'READY', incarnation: 'a' });
    expect(pods.get(12)).toMatchObject({ state: 'UNKNOWN' });
    // They are gone as soon as their words are.
    expect([...read(known, infos).pods.keys()]).toEqual([1]);
    expect([...read(known, {}, { '4': 'READY' }).pods.keys()]).toEqual([4]);
  });

  it('of several services do not meet', () => {
    const known = new PodCache(silentLogger);
    const [room, hall] = [read(known, { '0': details(0) }), read(known, { '0': details(9) }, {}, 'hall')];
    expect(hall.pods.get(0)?.updateTime).toBe(1_009);
    expect(read(known, { '0': details(0) }).pods).toBe(room.pods);
    expect(read(known, { '0': details(9) }, {}, 'hall').pods).toBe(hall.pods);
  });

  it('are forgotten of the services that were not read for longest', () => {
    const known = new PodCache(silentLogger);
    const infos = { '0': details(0) };
    const [first, second] = ['service-0', 'service-1'].map((key) => read(known, infos, {}, key));
    for (let at = 2; at < 1_000; at++) read(known, infos, {}, `service-${at}`);
    // The first has been read again before one more comes.
    expect(read(known, infos, {}, 'service-0').pods).toBe(first!.pods);
    read(known, infos, {}, 'one more');
    expect(read(known, infos, {}, 'service-0').pods).toBe(first!.pods);
    expect(read(known, infos, {}, 'service-1').pods).not.toBe(second!.pods);
  });

  const unreadable = { state: 'UNKNOWN', loadState: 0, routingState: 'UNKNOWN', metadata: {} };
  it.each(['', 'x', '[]', '{}', '{"incarnation":1}'])(
    'are UNKNOWN where they cannot be read: "%s"',
    (garbage) => {
      const { known, reported } = reporting();
      const good = { '0': details(0), '1': details(0) };
      const before = read(known, good);
      const spoilt = { ...good, '1': garbage };
      for (let repeat = 0; repeat < 2; repeat++) {
        const { pods } = read(known, spoilt, { '0': 'READY', '1': 'READY' });
        expect(pods.get(0)).toBe(before.pods.get(0));
        expect(pods.get(1)).toEqual({ podId: 1, ...unreadable });
      }
      expect([...read(known, { ...spoilt, '2': details(0) }).pods.keys()]).toEqual([0, 1, 2]);
      expect(reported()).toEqual([1, 1, 1].map((podId) => ({ key: 'room', podId })));
      expect(read(known, good).pods.get(1)).toMatchObject({ incarnation: 'a' });
      expect(reported()).toEqual([]);
    },
  );

  it('are none where a field is no podId, which is reported', () => {
    const { known, reported } = reporting();
    const good = { '0': details(0) };
    for (const field of ['room', '007', '']) {
      expect([...read(known, { ...good, [field]: details(0) }).pods.keys()]).toEqual([0]);
      expect(reported()).toEqual([{ key: 'room', podId: undefined }]);
    }
  });

  it('are not read at all where the directory itself cannot be', () => {
    const known = new PodCache(silentLogger);
    const failure = expect.objectContaining({ name: 'UnreadableReply' }) as unknown;
    expect(() => read(known, { '0': details(0), '@since': 'yesterday' })).toThrow(failure);
  });
});

/** What was logged since this was last called. */
function reporting(): { known: PodCache; reported: () => LogFields[] } {
  const lines: LogFields[] = [];
  const error = ({ key, podId }: LogFields): void => {
    lines.push({ key, podId });
  };
  return { known: new PodCache({ ...silentLogger, error }), reported: () => lines.splice(0) };
}
