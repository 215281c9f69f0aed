import { describe, expect, it } from 'vitest';
import { replay } from '../src/replay.ts';
import { drawScript } from '../src/script/draw-script.ts';
import type { Script } from '../src/script/script.ts';
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

  // seed 869, shrunk: the reply of the request's claim is late, and the pod reclaims its users by a link read before that claim
  it('keeps a user whom a late claim of the returning pod holds', async () => {
    const script: Script = {
      seed: 869,
      lengthMs: 555000,
      fleet: {
        leasesMs: [24000, 12000],
        periodMs: 3000,
        marginMs: 400,
        gateways: [true],
        gatewayLeaseMs: 12000,
        users: 8,
        deadOwner: 'relink',
        leftover: 'release',
        maxUsers: 3,
        storage: 'checks',
        timeoutMs: 1500,
        callTimeoutMs: 3000,
        drainTimeoutMs: 12000,
        userTimeoutMs: 3000,
        linkSeconds: 20,
        refreshMs: 4500,
        wire: { minMs: 0.5, maxMs: 80, offline: 'fail' },
      },
      events: [
        { at: 8759, kind: 'ask', gateway: 0, uid: 'bob', how: 'claim', workMs: 0, saves: true },
        { at: 8766, kind: 'ask', gateway: 0, uid: 'dan', how: 'claim', workMs: 0, saves: false },
        { at: 9038, kind: 'ask', gateway: 0, uid: 'cleo', how: 'claim', workMs: 10, saves: true },
        { at: 12044, kind: 'otherSideSets', uid: 'eve', to: 1 },
        { at: 12190, kind: 'ask', gateway: 0, uid: 'eve', how: 'claim', workMs: 0, saves: true },
        { at: 14053, kind: 'ask', gateway: 0, uid: 'finn', how: 'scope', workMs: 1789, saves: false },
        { at: 14400, kind: 'ask', gateway: 0, uid: 'ada', how: 'claim', workMs: 180, saves: true },
        { at: 16180, kind: 'ask', gateway: 0, uid: 'gus', how: 'claim', workMs: 0, saves: true },
        { at: 16280, kind: 'ask', gateway: 0, uid: 'hal', how: 'claim', workMs: 0, saves: true },
        { at: 21414, kind: 'ask', gateway: 0, uid: 'cleo', how: 'scope', workMs: 0, saves: true },
        { at: 21782, kind: 'ask', gateway: 0, uid: 'eve', how: 'claim', workMs: 0, saves: true },
        { at: 23157, kind: 'state', pod: 1, word: 'NOT_READY', backAfterMs: 12940 },
        { at: 23175, kind: 'ask', gateway: 0, uid: 'cleo', how: 'claim', workMs: 0, saves: true },
        { at: 25598, kind: 'state', pod: 1, word: 'FAILED', backAfterMs: 4397 },
        { at: 25598, kind: 'slow', process: 'pod-1', byMs: 1151, ms: 13684 },
        { at: 30025, kind: 'ask', gateway: 0, uid: 'eve', how: 'claim', workMs: 0, saves: true },
      ],
    };
    expect((await replay(script)).violation).toBeUndefined();
  });
});
