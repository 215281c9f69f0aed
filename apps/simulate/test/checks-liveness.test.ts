import { routeError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { servedInCalm } from '../src/checks/calm.ts';
import { asksUntilDeadline } from '../src/checks/events.ts';
import { keptThroughRestore } from '../src/checks/losses.ts';
import { atRest, stopReport } from '../src/checks/reports.ts';
import { noEarlyTakeOver, noTakeOverAfterOutage, takenOverInTime } from '../src/checks/take-overs.ts';
import { laterProcessWins } from '../src/checks/two-processes.ts';
import { notYoungAgain } from '../src/checks/young.ts';
import { WORLD_EPOCH } from '../src/time/process-clock.ts';
import { History, restful } from './support/history.ts';

const stands = (why: 'lease' | 'waits for its owner' | 'young directory' | 'mass expiry' | 'not mine') =>
  routeError('POD_NOT_AVAILABLE', 'not now', {
    namespace: 'game',
    serviceName: 'room',
    uid: 'ada',
    podId: 0,
    retryAfterMs: 100,
    why,
  });

function asked(history: History, error: unknown, isLimited = false): string | undefined {
  return history.observe({
    kind: 'asked',
    uid: 'ada',
    gateway: 'gateway-0',
    startedAt: history.now,
    isLimited,
    error,
  });
}

describe('take-overs', () => {
  it('no-early-take-over finds one within the lease of the owner', () => {
    const history = new History(noEarlyTakeOver());
    history.beat(history.a);
    expect(history.at(10_000).moved(undefined, 'ada', 0, 1)).toContain('took ada');
    expect(history.at(10_001).moved(undefined, 'ada', 0, 1)).toBeUndefined();
  });

  it('no-early-take-over ignores hand-offs and ended pods', () => {
    const history = new History(noEarlyTakeOver());
    history.beat(history.a);
    expect(history.moved(history.a, 'ada', 0, 1)).toBeUndefined();
    history.beat(history.a, 'TERMINATING');
    expect(history.moved(undefined, 'ada', 0, 1)).toBeUndefined();
  });

  it('no-take-over-after-outage finds one from a pod that only the outage silenced', () => {
    const history = new History(noTakeOverAfterOutage());
    history.at(79_000).beat(history.a);
    history.at(100_000).observe({ kind: 'storeBack', awayMs: 20_000, lost: 'nothing' });
    expect(history.at(101_000).moved(undefined, 'ada', 0, 1)).toContain('took ada');
    history.a.troubledUntil = 150_000;
    expect(history.moved(undefined, 'ada', 0, 1)).toBeUndefined();
  });

  it('no-take-over-after-outage ignores outages of three leases, and two close ones', () => {
    const long = new History(noTakeOverAfterOutage());
    long.at(69_000).beat(long.a);
    long.at(100_000).observe({ kind: 'storeBack', awayMs: 30_000, lost: 'nothing' });
    expect(long.at(101_000).moved(undefined, 'ada', 0, 1)).toBeUndefined();
    const near = new History(noTakeOverAfterOutage());
    near.at(100_000).observe({ kind: 'storeBack', awayMs: 5_000, lost: 'nothing' });
    near.at(114_000).beat(near.a);
    near.at(120_000).observe({ kind: 'storeBack', awayMs: 5_000, lost: 'nothing' });
    expect(near.at(121_000).moved(undefined, 'ada', 0, 1)).toBeUndefined();
  });

  it('no-take-over-after-outage ignores a pod that has just come back after it had ended', () => {
    const history = new History(noTakeOverAfterOutage());
    history.at(79_000).beat(history.a);
    history.at(100_000).observe({ kind: 'storeBack', awayMs: 20_000, lost: 'nothing' });
    history.at(101_000).beat(history.a, 'FAILED');
    history.at(101_500).beat(history.a);
    expect(history.at(102_000).moved(undefined, 'ada', 0, 1)).toBeUndefined();
    expect(history.at(104_501).moved(undefined, 'ada', 0, 1)).toContain('took ada');
  });

  it('no-take-over-after-outage ignores a directory that a removal made young', () => {
    const history = new History(noTakeOverAfterOutage());
    history.at(79_000).beat(history.a);
    history.at(85_000).observe({ kind: 'event', event: { at: 85_000, kind: 'reap', pod: 1 } });
    history.at(100_000).observe({ kind: 'storeBack', awayMs: 20_000, lost: 'nothing' });
    expect(history.at(101_000).moved(undefined, 'ada', 0, 1)).toBeUndefined();
  });

  it("taken-over-in-time finds a dead owner's user who waits for more than three leases", () => {
    const history = new History(takenOverInTime());
    history.beat(history.a);
    history.a.isRunning = false;
    expect(asked(history.at(30_000), stands('lease'))).toBeUndefined();
    expect(asked(history.at(31_000), stands('lease'))).toContain('waits for pod 0');
    expect(asked(history.at(31_000), stands('waits for its owner'))).toBeUndefined();
  });

  it('taken-over-in-time finds one whose owner reported its end', () => {
    const history = new History(takenOverInTime());
    history.beat(history.a, 'TERMINATING');
    history.a.isRunning = false;
    expect(asked(history.at(3_000), stands('lease'))).toContain('waits for pod 0');
  });

  it('taken-over-in-time ignores an outage of the store', () => {
    const history = new History(takenOverInTime());
    history.beat(history.a);
    history.a.isRunning = false;
    history.at(5_000).observe({ kind: 'storeBack', awayMs: 2_000, lost: 'nothing' });
    expect(asked(history.at(31_000), stands('lease'))).toBeUndefined();
  });
});

describe('kept-through-restore', () => {
  it('finds a user who moves although the pod is back in time', () => {
    const history = new History(keptThroughRestore());
    history.a.users.add('ada');
    history.at(50_000).observe({ kind: 'storeBack', awayMs: 3_000, lost: 'everything' });
    expect(history.at(51_000).claimed(history.a, 'ada', 5)).toBeUndefined();
    expect(history.claimed(history.b, 'bob', 5)).toBeUndefined();
    expect(history.claimed(history.b, 'ada', 6)).toContain('whom pod-0#1 held');
  });

  it('does not count the time to reconnect as a fault of a process', () => {
    const history = new History(keptThroughRestore());
    history.a.users.add('ada');
    history.a.troubledUntil = 50_040;
    history.at(50_000).observe({ kind: 'storeBack', awayMs: 3_000, lost: 'everything' });
    expect(history.at(51_000).claimed(history.b, 'ada', 6)).toContain('whom pod-0#1 held');
  });

  it.each([true, false])('lets the owner release a user (the removal found the link: %s)', (result) => {
    const history = new History(keptThroughRestore());
    history.a.users.add('ada');
    history.at(50_000).observe({ kind: 'storeBack', awayMs: 3_000, lost: 'everything' });
    history.stored(history.a, {
      method: 'removeLinkedPodWithId',
      args: ['game', 'ada', 'room', 0],
      result,
    });
    expect(history.at(51_000).claimed(history.b, 'ada', 6)).toBeUndefined();
  });

  it('does not apply if a process is new', () => {
    const history = new History(keptThroughRestore());
    history.a.users.add('ada');
    history.b.startedAt = 49_000;
    history.at(50_000).observe({ kind: 'storeBack', awayMs: 3_000, lost: 'everything' });
    expect(history.at(51_000).claimed(history.b, 'ada', 6)).toBeUndefined();
  });
});

describe('taken-over-in-time', () => {
  it.each(['young directory', 'mass expiry'] as const)(
    'lets a %s protect an owner without an entry, and no other that is long dead',
    (why) => {
      const withEntry = (has: boolean): string | undefined => {
        const history = new History(takenOverInTime());
        history.b.startedAt = -1;
        history.at(1_000).beat(history.a);
        history.a.isRunning = false;
        const since = WORLD_EPOCH + 30_000;
        const beat = {
          method: 'setServiceState',
          args: ['game', 'room', 1, { state: 'READY', leaseMs: 10_000 }],
        } as const;
        for (const at of [9_000, 18_000, 27_000, 32_000])
          history.at(at).stored(history.b, { ...beat, result: { since } });
        const pods = new Map(has ? [[0, {}]] : []);
        history.stored(undefined, { method: 'getServiceState', args: ['game', 'room'], result: { pods } });
        return asked(history.at(34_000), stands(why));
      };
      expect(withEntry(true)).toContain('waits for pod 0');
      expect(withEntry(false)).toBeUndefined();
    },
  );
});

describe('not-young-again', () => {
  const young = stands('young directory');

  it('finds a directory that is young too often', () => {
    const history = new History(notYoungAgain());
    expect(asked(history.at(40_000), young)).toBeUndefined();
    expect(asked(history.at(49_000), young)).toBeUndefined();
    expect(asked(history.at(55_000), young)).toContain('the directory is young');
  });

  it('lets it be young again after three leases, and after lost data', () => {
    const history = new History(notYoungAgain());
    asked(history.at(40_000), young);
    expect(asked(history.at(61_000), young)).toBeUndefined();
    history.observe({ kind: 'storeBack', awayMs: 0, lost: 'everything' });
    expect(asked(history.at(75_000), young)).toBeUndefined();
  });
});

describe('asks-until-deadline', () => {
  it('finds a request that failed before its deadline', () => {
    const history = new History(asksUntilDeadline());
    const refused = (tookMs: number, isLimited = false) =>
      history.at(20_000).observe({
        kind: 'asked',
        uid: 'ada',
        gateway: 'gateway-0',
        startedAt: 20_000 - tookMs,
        isLimited,
        error: stands('not mine'),
      });
    expect(refused(60)).toContain('failed after 60 ms');
    expect(refused(3_000)).toBeUndefined();
    expect(refused(60, true)).toBeUndefined();
  });
});

describe('later-process-wins', () => {
  it('finds a displaced pod without a later process', () => {
    const history = new History(laterProcessWins());
    expect(history.observe({ kind: 'displaced', pod: history.a })).toContain('was displaced');
    Object.assign(history.b, { ordinal: 0, startedAt: 9_000 });
    expect(history.observe({ kind: 'displaced', pod: history.a })).toBeUndefined();
    expect(history.observe({ kind: 'displaced', pod: history.b })).toContain('was displaced');
    // A process that is paused as it starts does not know when it did.
    history.b.troubledUntil = 18_001;
    expect(history.observe({ kind: 'displaced', pod: history.b })).toBeUndefined();
  });

  it('finds an accepted heartbeat of the earlier process while the later one runs', () => {
    const history = new History(laterProcessWins());
    Object.assign(history.b, { ordinal: 0, startedAt: 9_000 });
    history.at(9_000).beat(history.a);
    history.at(9_500).beat(history.b);
    expect(history.at(9_600).beat(history.a)).toContain('though pod-1#2 is later');
  });
});

describe('served-in-calm', () => {
  it('finds a user who is not served long after the last fault', () => {
    const history = new History(servedInCalm());
    history
      .at(10_000)
      .observe({ kind: 'event', event: { at: 0, kind: 'pause', process: 'pod-0', ms: 5_000 } });
    const error = stands('lease');
    expect(asked(history.at(60_000), error)).toBeUndefined();
    expect(asked(history.at(70_000), error)).toContain('not served');
    expect(asked(history.at(70_000), error, true)).toBeUndefined();
    expect(asked(history.at(70_000), undefined)).toBeUndefined();
    history.at(70_000).observe({ kind: 'callLost' });
    expect(asked(history.at(71_000), error)).toBeUndefined();
    expect(asked(history.at(130_000), error)).toContain('not served');
    for (const pod of history.pods) pod.isRoutable = false;
    expect(asked(history.at(130_000), error)).toBeUndefined();
  });
});

describe('stop-report', () => {
  it('finds a report that contradicts the directory', () => {
    const history = new History(stopReport(), { leftover: 'keep' });
    const stopped = (left: number, claims: readonly string[], calm = true) =>
      history.observe({
        kind: 'stopped',
        pod: history.a,
        report: { left, unsaved: [] },
        calm,
        claims,
        ofOrdinal: claims,
        unoffered: [],
      });
    expect(stopped(0, [])).toBeUndefined();
    expect(stopped(1, ['ada'])).toBeUndefined();
    expect(stopped(0, ['ada'])).toContain('ada');
    expect(stopped(0, ['ada'], false)).toBeUndefined();
    const silent = {
      report: { left: 0, unsaved: [] },
      calm: true,
      claims: [],
      ofOrdinal: [],
      unoffered: ['bob'],
    };
    expect(history.observe({ kind: 'stopped', pod: history.a, ...silent })).toContain('let bob go unsaved');
  });

  it('counts waiting users, whichever process claimed them', () => {
    const report = { left: 0, unsaved: [] };
    const stopped = {
      kind: 'stopped',
      report,
      calm: true,
      claims: [],
      ofOrdinal: ['ada'],
      unoffered: [],
    } as const;
    const waits = new History(stopReport(), { deadOwner: 'wait' });
    expect(waits.observe({ ...stopped, pod: waits.a })).toContain('ada');
    const relinks = new History(stopReport());
    expect(relinks.observe({ ...stopped, pod: relinks.a })).toBeUndefined();
  });
});

describe('at-rest', () => {
  const rest = restful('ada');

  function calm(): History {
    const history = new History(atRest(), { deadOwner: 'wait' });
    history.a.users.add('ada');
    return history;
  }

  it('accepts a state without a fault', () => {
    expect(calm().observe(rest)).toBeUndefined();
  });

  it.each([
    ['a pod that is not back', { missing: [1] }, 'pods 1 are not back'],
    ['an operation that hangs', { pending: ['drain of pod-0'] }, 'drain of pod-0'],
    ['a user who is not served', { unserved: ['bob'] }, 'bob'],
    ['a claim that is in no roster', { rosters: new Map() }, 'roster'],
  ])('finds %s', (_, seen, message) => {
    expect(calm().observe({ ...rest, ...seen })).toContain(message);
  });

  it('finds a claim that its pod does not hold, and a held user without a claim', () => {
    const history = calm();
    history.a.users.clear();
    expect(history.observe(rest)).toContain('nobody does');
    history.b.users.add('ada');
    expect(history.observe(rest)).toContain('pod-1#2 does');
    history.a.users.add('ada');
    expect(history.observe(rest)).toContain('pod-0#1 and pod-1#2 hold ada');
  });
});
