/*
 * The state of one user on one pod: a pure state machine. It alone decides whether the pod may serve the user.
 *
 *   state       event            next               effect
 *   none        claim            claiming
 *   none        adopt            waiting            an earlier run's claim, found in the roster
 *   waiting     claim            claiming
 *   waiting     move             moving
 *   waiting     gone             none
 *   claiming    linked           held
 *   claiming    refused          none
 *   claiming    failed           none | waiting     nothing was written
 *   claiming    unknown, fence   doubt of a claim
 *   held        raise            raising            still served, with the old token
 *   held        move             moving
 *   held        release          releasing
 *   held        found            held               with the store's token
 *   held        gone             none               lost
 *   held        fence            suspended
 *   raising     linked, settled  held
 *   raising     failed           held
 *   raising     refused          none               lost
 *   raising     unknown          raising            until the link is read
 *   raising     fence            suspended          signal
 *   moving      moved, removed   none
 *   moving      refused          none               lost
 *   moving      failed           held               the save or the move failed
 *   moving      unknown          doubt of a move
 *   moving      fence            suspended
 *   releasing   removed          none
 *   releasing   unknown, failed  doubt of a removal
 *   doubt       settled          none | held        held only after a move that did not happen;
 *                                                   waiting where an earlier run's claim exists
 *   doubt       linked           releasing          a fenced claim that was made after all is undone by its token
 *   doubt       removed, moved   none
 *   doubt of a move, fence       suspended
 *   suspended   reclaim          reclaiming
 *   suspended   found            suspended          with the store's token
 *   suspended   release          releasing
 *   suspended   moved, removed   none               the move that the fence interrupted
 *   suspended   linked           suspended          with the token of the claim that the fence interrupted
 *   reclaiming  linked           held
 *   reclaiming  refused          none               lost
 *   reclaiming  failed, unknown  suspended
 *   reclaiming  fence            suspended
 *   any         end              none               lost, if the pod was displaced
 *
 * When a hold ends, `hold` grows, and the signals of its scopes fire. A user who becomes held after every `claim()` and scope
 * has ended is let go.
 *
 * A reply applies only while its operation is the current one. A late reply is ignored; but if it made a claim, and the user is
 * in state `none` by then, the claim is undone.
 */

import type { ClaimEffect, ClaimEvent, ClaimLife, ClaimState, ClaimStep } from './claim-state.ts';

const NONE: ClaimState = { at: 'none' };

/** A user without a claim. */
export const UNKNOWN_USER: ClaimLife = {
  state: NONE,
  untilRelease: false,
  waitingScopes: 0,
  runningScopes: 0,
  hold: 0,
};

/** Whether the pod may serve the user. */
export function isHeld({ state }: ClaimLife): boolean {
  return state.at === 'held' || state.at === 'raising';
}

/** Whether the user is held, but neither by `claim()` nor by a scope. */
export function isIdle({ state, untilRelease, waitingScopes, runningScopes }: ClaimLife): boolean {
  return state.at === 'held' && !untilRelease && waitingScopes === 0 && runningScopes === 0;
}

/** Whether the user counts in the pod's `users`. */
export function isCounted({ state }: ClaimLife): boolean {
  return state.at !== 'none' && state.at !== 'moving' && state.at !== 'releasing';
}

/** The token of the user's claim, if there is one. */
export function claimToken({ state }: ClaimLife): number | undefined {
  return 'token' in state ? state.token : undefined;
}

/** Whether nothing of the user needs to be kept. */
export function isForgettable({ state, waitingScopes }: ClaimLife): boolean {
  return state.at === 'none' && waitingScopes === 0;
}

/** The machine: the user after an event, and what the pod must do. */
export function stepClaim(life: ClaimLife, event: ClaimEvent): ClaimStep {
  switch (event.type) {
    case 'keep':
      return same({ ...life, untilRelease: true });
    case 'scopeWaits':
      return same({ ...life, waitingScopes: life.waitingScopes + 1 });
    case 'scopeRuns':
      return same({ ...life, waitingScopes: life.waitingScopes - 1, runningScopes: life.runningScopes + 1 });
    case 'scopeGivesUp':
      return letGoIfIdle({ ...life, waitingScopes: life.waitingScopes - 1 });
    case 'scopeEnds':
      return event.hold === life.hold
        ? letGoIfIdle({ ...life, runningScopes: life.runningScopes - 1 })
        : same(life);
    case 'end':
      return end(life, event.lost);
    case 'fence':
      return fence(life);
    case 'found':
      return found(life, event.token);
    case 'gone':
      return gone(life, event.token);
    case 'adopt':
      return life.state.at === 'none' ? to(life, { at: 'waiting', token: event.token }) : same(life);
    case 'claim':
    case 'raise':
    case 'move':
    case 'release':
    case 'reclaim':
      return begin(life, event);
    case 'linked':
    case 'refused':
    case 'failed':
    case 'unknown':
    case 'removed':
    case 'moved':
    case 'settled':
      break;
  }
  return reply(life, event);
}

function waitingOrNone(token: number | undefined): ClaimState {
  return token === undefined ? NONE : { at: 'waiting', token };
}

function same(life: ClaimLife): ClaimStep {
  return { life, effects: [] };
}

function to(life: ClaimLife, state: ClaimState, ...effects: readonly ClaimEffect[]): ClaimStep {
  // An earlier `claim()` no longer holds a user that is gone.
  const untilRelease = state.at === 'none' ? false : life.untilRelease;
  return { life: { ...life, state, untilRelease }, effects };
}

/** Ends the hold, if there is one: the ends of its scopes no longer matter. */
function endHold(life: ClaimLife, state: ClaimState, ...effects: readonly ClaimEffect[]): ClaimStep {
  if (!isHeld(life)) return to(life, state, ...effects);
  return to({ ...life, runningScopes: 0, hold: life.hold + 1 }, state, ...effects);
}

function letGoIfIdle(life: ClaimLife): ClaimStep {
  return { life, effects: isIdle(life) ? [{ type: 'letGo' }] : [] };
}

function fence(life: ClaimLife): ClaimStep {
  const { state } = life;
  switch (state.at) {
    case 'held':
      return endHold(life, { at: 'suspended', token: state.token, op: undefined });
    case 'raising':
      return endHold(life, { at: 'suspended', token: state.token, op: state.op });
    case 'moving':
      return state.waiting
        ? to(life, { at: 'doubt', of: 'move', token: state.token, op: state.op })
        : to(life, { at: 'suspended', token: state.token, op: state.op });
    case 'reclaiming':
      return to(life, { at: 'suspended', token: state.token, op: state.op });
    case 'claiming':
      return to(life, { at: 'doubt', of: 'claim', token: undefined, op: state.op, waiting: state.waiting });
    case 'doubt':
      return state.of === 'move' && state.token !== undefined
        ? to(life, { at: 'suspended', token: state.token, op: state.op })
        : same(life);
    case 'none':
    case 'waiting':
    case 'releasing':
    case 'suspended':
      break;
  }
  return same(life);
}

function end(life: ClaimLife, isLoss: boolean): ClaimStep {
  const { state } = life;
  const wasOurs = isHeld(life) || state.at === 'suspended' || state.at === 'reclaiming';
  const token = claimToken(life);
  if (!isLoss || !wasOurs || token === undefined) return endHold(life, NONE);
  return endHold(life, NONE, { type: 'lost', token });
}

function found(life: ClaimLife, token: number): ClaimStep {
  const { state } = life;
  return state.at === 'held' || state.at === 'suspended' ? to(life, { ...state, token }) : same(life);
}

function gone(life: ClaimLife, token: number): ClaimStep {
  const { state } = life;
  if (state.at === 'waiting' && state.token === token) return to(life, NONE);
  if ((state.at === 'held' || state.at === 'suspended') && state.token === token) {
    return endHold(life, NONE, { type: 'lost', token });
  }
  return same(life);
}

type BeginEvent = Extract<ClaimEvent, { type: 'claim' | 'raise' | 'move' | 'release' | 'reclaim' }>;

function begin(life: ClaimLife, event: BeginEvent): ClaimStep {
  const { state } = life;
  const { type, op } = event;
  if (state.at === 'none' && type === 'claim') return to(life, { at: 'claiming', op, waiting: undefined });
  if (state.at !== 'held' && state.at !== 'waiting' && state.at !== 'suspended') return same(life);
  const { at, token } = state;
  if (at === 'suspended' && (type === 'claim' || type === 'reclaim')) {
    return to(life, { at: 'reclaiming', token, op });
  }
  if (at === 'waiting' && type === 'claim') return to(life, { at: 'claiming', op, waiting: token });
  if (at === 'held' && type === 'raise') return to(life, { at: 'raising', token, op });
  if (at !== 'suspended' && type === 'move') {
    return endHold(life, { at: 'moving', token, op, to: event.to, waiting: at === 'waiting' });
  }
  return type === 'release' ? endHold(life, { at: 'releasing', token, op }) : same(life);
}

type ReplyEvent = Extract<
  ClaimEvent,
  { type: 'linked' | 'refused' | 'failed' | 'unknown' | 'removed' | 'moved' | 'settled' }
>;

function reply(life: ClaimLife, event: ReplyEvent): ClaimStep {
  const { state } = life;
  if (!('op' in state) || state.op !== event.op) return tooLate(life, event);
  switch (state.at) {
    case 'claiming':
      if (event.type === 'linked') return held(life, event);
      if (event.type === 'refused') return to(life, NONE);
      if (event.type === 'failed') return to(life, waitingOrNone(state.waiting));
      return to(life, { at: 'doubt', of: 'claim', token: undefined, op: event.op, waiting: state.waiting });
    case 'raising':
      if (event.type === 'linked') return held(life, event);
      if (event.type === 'failed') return stays(life, state.token);
      if (event.type === 'unknown') return same(life);
      if (event.type === 'settled' && event.token !== undefined) return stays(life, event.token);
      return endHold(life, NONE, { type: 'lost', token: state.token });
    case 'moving':
      if (event.type === 'moved' || event.type === 'removed') return to(life, NONE);
      if (event.type === 'refused') {
        return to(life, NONE, ...(state.waiting ? [] : [{ type: 'lost', token: state.token } as const]));
      }
      if (event.type === 'failed') {
        if (state.waiting) return to(life, { at: 'waiting', token: state.token });
        // The user's state may be unsaved, so only `release` or another move may let the user go.
        return to({ ...life, untilRelease: true }, { at: 'held', token: state.token });
      }
      return to(life, { at: 'doubt', of: 'move', token: state.token, op: event.op });
    case 'releasing':
      if (event.type === 'removed') return to(life, NONE);
      return to(life, { at: 'doubt', of: 'removal', token: state.token, op: event.op });
    case 'doubt':
      return inDoubt(life, state, event);
    case 'suspended':
      if (event.type === 'moved' || event.type === 'removed') return to(life, NONE);
      return event.type === 'linked' ? to(life, { ...state, token: event.token }) : same(life);
    case 'reclaiming':
      break;
  }
  if (event.type === 'linked') return held(life, event);
  if (event.type === 'refused') return to(life, NONE, { type: 'lost', token: state.token });
  return to(life, { at: 'suspended', token: state.token, op: undefined });
}

/** The claim was made. */
function held(
  life: ClaimLife,
  { token, untilRelease }: { readonly token: number; readonly untilRelease: boolean },
): ClaimStep {
  return stays({ ...life, untilRelease: life.untilRelease || untilRelease }, token);
}

function stays(life: ClaimLife, token: number): ClaimStep {
  return letGoIfIdle({ ...life, state: { at: 'held', token } });
}

function inDoubt(life: ClaimLife, state: Extract<ClaimState, { at: 'doubt' }>, event: ReplyEvent): ClaimStep {
  switch (event.type) {
    // The claim was made after the fence, so nothing here may serve the user.
    case 'linked':
      return to(life, { at: 'releasing', token: event.token, op: event.op });
    case 'refused':
    case 'removed':
    case 'moved':
      return to(life, NONE);
    case 'failed':
      return state.of === 'claim' ? to(life, waitingOrNone(state.waiting)) : same(life);
    case 'settled':
      if (event.token === undefined) return to(life, waitingOrNone(state.waiting && event.waits));
      if (state.of === 'move') return to({ ...life, untilRelease: true }, { at: 'held', token: event.token });
      return to(life, { at: 'releasing', token: event.token, op: event.op });
    case 'unknown':
      break;
  }
  return same(life);
}

/** The operation is no longer the current one. A claim that it made is undone if the user is in state `none`. */
function tooLate(life: ClaimLife, event: ReplyEvent): ClaimStep {
  if (event.type !== 'linked' || life.state.at !== 'none') return same(life);
  return { life, effects: [{ type: 'undo', token: event.token }] };
}
