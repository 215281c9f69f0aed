import { routeError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import {
  answersInTime,
  lostUpdate,
  lostWhileHeld,
  oneSaveAtATime,
  onlyRouteErrors,
} from '../src/checks/events.ts';
import { noLossForNothing } from '../src/checks/losses.ts';
import { scopeHolds, signalCause } from '../src/checks/scopes.ts';
import { endedStaysEnded, noLateClaim, tokensGrow } from '../src/checks/tokens.ts';
import { twoHolders } from '../src/checks/two-holders.ts';
import { ApplicationFault } from '../src/fleet/application-fault.ts';
import { History } from './support/history.ts';

describe('two-holders', () => {
  function bothHold(): History {
    const history = new History(twoHolders());
    history.a.users.add('ada');
    history.b.users.add('ada');
    return history;
  }

  it('finds two running pods that hold one user', () => {
    const history = bothHold();
    expect(history.ran(history.a)).toContain('hold ada');
    history.b.isPaused = true;
    expect(history.ran(history.a)).toBeUndefined();
    history.b.isPaused = false;
    history.b.isRunning = false;
    expect(history.ran(history.a)).toBeUndefined();
  });

  it('allows two holders for two leases after lost data', () => {
    const history = bothHold();
    history.observe({ kind: 'storeBack', awayMs: 0, lost: 'everything' });
    expect(history.at(20_000).ran(history.a)).toBeUndefined();
    expect(history.at(20_001).ran(history.a)).toContain('hold ada');
  });

  it('allows none after an outage without loss', () => {
    const history = bothHold();
    history.observe({ kind: 'storeBack', awayMs: 500, lost: 'nothing' });
    expect(history.ran(history.a)).toContain('hold ada');
  });

  it('allows two holders of a force-linked user until the next self-heal pass, and of no other user', () => {
    const history = bothHold();
    history.observe({ kind: 'event', event: { at: 0, kind: 'otherSideSets', uid: 'bob', to: 1 } });
    expect(history.ran(history.a)).toContain('hold ada');
    history.observe({ kind: 'event', event: { at: 0, kind: 'otherSideSets', uid: 'ada', to: 1 } });
    expect(history.at(20_000).ran(history.a)).toBeUndefined();
    expect(history.at(20_001).ran(history.a)).toContain('hold ada');
  });

  it('allows the earlier process of an ordinal one lease from the first heartbeat of the later', () => {
    const history = bothHold();
    const later = Object.assign(history.b, { ordinal: 0, startedAt: 5_000 });
    history.beat(history.a);
    history.at(6_000).beat(later);
    expect(history.at(16_000).ran(later)).toBeUndefined();
    expect(history.at(16_001).ran(later)).toContain('hold ada');
  });
});

describe('scope-holds', () => {
  it('finds a scope that continues without its user', () => {
    const history = new History(scopeHolds());
    const abort = new AbortController();
    history.observe({ kind: 'scopeRuns', pod: history.a, uid: 'ada', signal: abort.signal });
    expect(history.ran(history.a)).toContain('does not hold ada');
    abort.abort();
    expect(history.ran(history.a)).toBeUndefined();
  });

  it('does not apply after the scope has ended', () => {
    const history = new History(scopeHolds());
    const { signal } = new AbortController();
    history.observe({ kind: 'scopeRuns', pod: history.a, uid: 'ada', signal });
    history.observe({ kind: 'scopeEnds', pod: history.a, uid: 'ada', signal });
    expect(history.ran(history.a)).toBeUndefined();
  });
});

describe('signal-cause', () => {
  const fired = (history: History, cause?: string) =>
    history.observe({ kind: 'signal', pod: history.a, uid: 'ada', cause });

  it('finds a signal without a cause', () => {
    const history = new History(signalCause());
    fired(history);
    expect(history.ran(history.a)).toContain('without a cause');
  });

  it('accepts releases, fences, and losses reported in the same step', () => {
    const history = new History(signalCause());
    fired(history, 'a release');
    expect(history.ran(history.a)).toBeUndefined();
    fired(history);
    history.observe({ kind: 'claimsLost', pod: history.a, uids: ['ada'] });
    expect(history.ran(history.a)).toBeUndefined();
    history.a.fenced = true;
    fired(history);
    expect(history.ran(history.a)).toBeUndefined();
  });
});

describe('reports of pods', () => {
  it('lost-while-held finds a lost user that the pod holds', () => {
    const history = new History(lostWhileHeld());
    const lost = () => history.observe({ kind: 'claimsLost', pod: history.a, uids: ['bob', 'ada'] });
    expect(lost()).toBeUndefined();
    history.a.users.add('ada');
    expect(lost()).toContain('ada');
  });

  it('one-save-at-a-time finds a second save of the same user', () => {
    const history = new History(oneSaveAtATime());
    const begins = (uid: string) => history.observe({ kind: 'saveBegins', pod: history.a, uid });
    expect([begins('ada'), begins('bob')]).toEqual([undefined, undefined]);
    history.observe({ kind: 'saveEnds', pod: history.a, uid: 'bob', how: 'saved' });
    expect(begins('bob')).toBeUndefined();
    expect(begins('ada')).toContain('twice');
  });

  it('only-route-errors accepts errors of the application', () => {
    const history = new History(onlyRouteErrors());
    const failed = (error: unknown) =>
      history.observe({ kind: 'error', process: 'pod-0', operation: 'release', error });
    expect(failed(new ApplicationFault('full'))).toBeUndefined();
    expect(failed(routeError('STORE_ERROR', 'away', { operation: 'getLink' }))).toBeUndefined();
    expect(failed(new TypeError('undefined is not a function'))).toContain('not a function');
    expect(failed(routeError('INTERNAL_ERROR', 'impossible', {}))).toContain('impossible');
  });

  it('answers-in-time finds a late answer', () => {
    const history = new History(answersInTime());
    const answered = (tookMs: number) =>
      history.observe({ kind: 'answered', process: 'pod-0', operation: 'stop', tookMs, limitMs: 1_000 });
    expect(answered(1_001)).toBeUndefined();
    expect(answered(1_100)).toContain('1100 ms of 1000 ms');
  });

  it('lost-update allows losses in storage without tokens after an exception, and never in storage that checks', () => {
    const lost = (history: History) => history.observe({ kind: 'overwritten', uid: 'ada', updates: [1] });
    const checks = new History(lostUpdate());
    const trusts = new History(lostUpdate(), { storage: 'trusts' });
    expect(lost(trusts)).toContain('ada');
    for (const history of [checks, trusts])
      history.observe({ kind: 'event', event: { at: 0, kind: 'twin', pod: 0 } });
    expect(lost(trusts)).toBeUndefined();
    expect(lost(checks)).toContain('ada');
  });
});

describe('tokens', () => {
  it('tokens-grow finds a token that is smaller or shared with a later owner', () => {
    const history = new History(tokensGrow());
    expect(history.claimed(history.a, 'ada', 5)).toBeUndefined();
    expect(history.claimed(history.a, 'ada', 5)).toBeUndefined();
    expect(history.claimed(history.b, 'ada', 5)).toContain('token 5');
    expect(history.claimed(history.b, 'ada', 6)).toBeUndefined();
    expect(history.claimed(history.b, 'ada', 4)).toContain('token 4');
    history.observe({ kind: 'storeBack', awayMs: 0, lost: 'everything' });
    expect(history.claimed(history.a, 'ada', 1)).toBeUndefined();
  });

  it('no-late-claim finds a claim that acts while its pod is fenced', () => {
    const history = new History(noLateClaim());
    expect(history.claimed(history.a, 'ada', 5)).toBeUndefined();
    history.a.fenced = true;
    expect(history.claimed(history.a, 'ada', 5, { assertToken: 5 })).toBeUndefined();
    expect(history.claimed(history.a, 'ada', 6)).toContain('after its fence');
  });

  it('ended-stays-ended finds a removed claim that is asserted', () => {
    const history = new History(endedStaysEnded());
    history.claimed(history.a, 'ada', 5);
    history.stored(undefined, { method: 'removeLinkedPod', args: ['game', 'ada', 'room'], result: true });
    expect(history.claimed(history.a, 'bob', 5, { assertToken: 5 })).toBeUndefined();
    expect(history.claimed(history.a, 'ada', 5, { assertToken: 5 })).toContain('ended on purpose');
  });
});

describe('no-loss-for-nothing', () => {
  const lost = (history: History) => history.observe({ kind: 'claimsLost', pod: history.a, uids: ['ada'] });

  it('finds a loss without a cause', () => {
    const history = new History(noLossForNothing());
    history.claimed(history.a, 'ada', 5);
    expect(lost(history)).toContain('nobody had claimed');
  });

  it('accepts claims of others, removals, and a later process of the ordinal', () => {
    const history = new History(noLossForNothing());
    history.claimed(history.a, 'ada', 5);
    history.claimed(history.b, 'ada', 6);
    expect(lost(history)).toBeUndefined();
    history.claimed(history.a, 'ada', 7);
    history.stored(undefined, { method: 'removeLinkedPod', args: ['game', 'ada', 'room'], result: true });
    expect(lost(history)).toBeUndefined();
    history.claimed(history.a, 'ada', 8);
    Object.assign(history.b, { ordinal: 0, startedAt: 1 });
    expect(lost(history)).toBeUndefined();
  });

  it('accepts that a forced claim in doubt finds nothing, after the store lost data', () => {
    const history = new History(noLossForNothing());
    history.claimed(history.a, 'ada', 5);
    history.observe({ kind: 'event', event: { at: 0, kind: 'forceHere', pod: 0, uid: 'ada' } });
    expect(lost(history)).toContain('nobody had claimed');
    history.observe({ kind: 'storeBack', awayMs: 0, lost: 'everything' });
    expect(lost(history)).toBeUndefined();
    history.claimed(history.a, 'bob', 6);
    expect(history.observe({ kind: 'claimsLost', pod: history.a, uids: ['bob'] })).toContain('lost bob');
  });
});
