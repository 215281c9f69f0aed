import { describe, expect, it } from 'vitest';
import { replay } from '../src/replay.ts';
import { drawScript } from '../src/script/draw-script.ts';
import { FLEET } from './support/history.ts';

const LENGTH_MS = 120_000;

describe('a world', () => {
  it('repeats exactly', async () => {
    const script = drawScript(11, LENGTH_MS);
    const first = await replay(script);
    const second = await replay(script);
    expect(second).toEqual(first);
    expect(first.operations).toBeGreaterThan(200);
    const other = await replay({ ...script, seed: 12 });
    expect(other.hash).not.toBe(first.hash);
  });

  it('keeps every promise in a few seeds', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const { violation } = await replay(drawScript(seed, LENGTH_MS));
      expect({ seed, violation }).toEqual({ seed, violation: undefined });
    }
  });

  it('serves users through restarts, hand-overs and an outage', async () => {
    const asks = [3_000, 9_000, 20_000, 40_000, 60_000].map((at) => ({
      at,
      kind: 'ask' as const,
      gateway: 0,
      uid: 'ada',
      how: 'claim' as const,
      workMs: 0,
      saves: true,
    }));
    const { violation, operations } = await replay({
      seed: 1,
      lengthMs: 70_000,
      fleet: FLEET,
      events: [
        ...asks,
        { at: 5_000, kind: 'handOff', pod: 0, count: 1 },
        { at: 15_000, kind: 'kill', pod: 1, startAfterMs: 2_000 },
        { at: 30_000, kind: 'outage', ms: 4_000, lose: 'nothing' },
      ],
    });
    expect(violation).toBeUndefined();
    expect(operations).toBeGreaterThan(100);
  });
});
