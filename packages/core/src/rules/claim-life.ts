/*
 * What a pod believes of one user: a pure state machine. Nothing else decides whether the pod may serve the user.
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
 *   held        found            held               the store's token counts
 *   held        gone             none               lost
 *   held        fence            suspended
 *   raising     linked, settled  held
 *   raising     failed           held
 *   raising     refused          none               lost
 *   raising     unknown          raising            until the link is read
 *   raising     fence            suspended          signal
 *   moving      moved, removed   none
 *   moving      refused          none               lost
 *   moving      failed           held               the save or the move failed: still this pod's
 *   moving      unknown          doubt of a move
 *   moving      fence            suspended
 *   releasing   removed          none
 *   releasing   unknown, failed  doubt of a removal
 *   doubt       settled          none | held        held only after a move that did not happen;
 *                                                   waiting where an earlier run's claim stands
 *   doubt       linked           releasing          a fenced claim that was made after all: undone by its token
 *   doubt       removed, moved   none
 *   doubt of a move, fence       suspended
 *   suspended   reclaim          reclaiming
 *   suspended   found            suspended          the store's token counts: a release ends that one
 *   suspended   release          releasing
 *   suspended   moved, removed   none               the move that the fence met
 *   suspended   linked           suspended          with the token of the claim that the fence met
 *   reclaiming  linked           held
 *   reclaiming  refused          none               lost
 *   reclaiming  failed, unknown  suspended
 *   reclaiming  fence            suspended
 *   any         end              none               lost, where the pod was displaced
 *
 * Where a hold ends, `hold` grows: the signals of the scopes in it fire. A user who becomes held, but is held by no
 * `claim()` and no scope any more, is let go.
 *
 * A reply counts only for the operation that asked: one that comes when its operation is no longer the state's is ignored,
 * but a claim that it made is undone where nobody holds the user by then.
 */

type Token = number | undefined;
/** Identifies one operation; a reply names the operation that asked. */
export type ClaimOperation = number;

/** What is in doubt: a write whose reply was lost, and which may still act until its deadline. */
export type DoubtOf = 'claim' | 'removal' | 'move';

/** Where a user stands with this pod. */
export type ClaimState =
  | { readonly at: 'none' }
  | { readonly at: 'waiting'; readonly token: number }
  | { readonly at: 'claiming'; readonly op: ClaimOperation; readonly waiting: number | undefined }
  | { readonly at: 'held'; readonly token: number }
  | { readonly at: 'raising'; readonly token: number; readonly op: ClaimOperation }
  | {
      readonly at: 'moving';
      readonly token: number;
      readonly op: ClaimOperation;
      readonly to: number | undefined;
      /** Found in the roster: it was not held before, and is not after a failure. */
      readonly waiting: boolean;
    }
  | { readonly at: 'releasing'; readonly token: number; readonly op: ClaimOperation }
  | {
      readonly at: 'doubt';
      readonly of: DoubtOf;
      readonly token: number | undefined;
      readonly op: ClaimOperation;
      /** An earlier run's claim, where there was one before. */
      readonly waiting?: Token;
    }
  | { readonly at: 'suspended'; readonly token: number; readonly op: ClaimOperation | undefined }
  | { readonly at: 'reclaiming'; readonly token: number; readonly op: ClaimOperation };

/** What happens to a user. Operations take turns; `fence` and `end` come at any time. */
export type ClaimEvent =
  | { readonly type: 'claim'; readonly op: ClaimOperation }
  | { readonly type: 'raise'; readonly op: ClaimOperation }
  | { readonly type: 'move'; readonly op: ClaimOperation; readonly to: number | undefined }
  | { readonly type: 'release'; readonly op: ClaimOperation }
  | { readonly type: 'reclaim'; readonly op: ClaimOperation }
  /** An earlier run's claim was found in the roster. */
  | { readonly type: 'adopt'; readonly token: number }
  /** Replies: the link is this pod's claim; it is not, and another pod's claim or an ended one is why; … */
  | { readonly type: 'linked'; readonly op: ClaimOperation; readonly token: number; readonly stands: boolean }
  | { readonly type: 'refused'; readonly op: ClaimOperation }
  /** Nothing was written. */
  | { readonly type: 'failed'; readonly op: ClaimOperation }
  /** The reply was lost. */
  | { readonly type: 'unknown'; readonly op: ClaimOperation }
  | { readonly type: 'removed'; readonly op: ClaimOperation }
  | { readonly type: 'moved'; readonly op: ClaimOperation }
  /** Read past the deadline of a write in doubt: the token of this run's claim, or `waits` of an earlier run's. */
  | { readonly type: 'settled'; readonly op: ClaimOperation; readonly token: Token; readonly waits?: Token }
  /** A reading found this run's claim, with this token. */
  | { readonly type: 'found'; readonly token: number }
  /** The claim with this token is somebody else's, or was ended. */
  | { readonly type: 'gone'; readonly token: number }
  | { readonly type: 'fence' }
  /** The run is over: the pod stopped, or was displaced, which is told as a loss. */
  | { readonly type: 'end'; readonly lost: boolean }
  /** `claim()` holds the user from now on, until `release`. */
  | { readonly type: 'stand' }
  /** Scopes: one asks for its claim; its claim is held and it runs; it gave up asking; it ended. */
  | { readonly type: 'scopeAsks' }
  | { readonly type: 'scopeRuns' }
  | { readonly type: 'scopeGivesUp' }
  | { readonly type: 'scopeEnds'; readonly hold: number };

/** What the pod must do beside. */
export type ClaimEffect =
  /** Tell the application that it lost the user. */
  | { readonly type: 'lost'; readonly token: number }
  /** Remove the claim with this token: nobody holds the user here. */
  | { readonly type: 'undo'; readonly token: number }
  /** Release the user, if no scope and no `claim()` holds it by the time that this has its turn: see {@link isIdle}. */
  | { readonly type: 'letGo' };

/** One user's life on this pod. */
export interface ClaimLife {
  readonly state: ClaimState;
  /** `claim()` holds the user, not only scopes. */
  readonly standing: boolean;
  /** How many scopes wait for their claim. */
  readonly asking: number;
  /** How many scopes run in the present hold. */
  readonly running: number;
  /** Counts the holds that ended: the end of a scope of an earlier one changes nothing. */
  readonly hold: number;
}

/** What an event leads to. */
export interface ClaimStep {
  readonly life: ClaimLife;
  readonly effects: readonly ClaimEffect[];
}

const NONE: ClaimState = { at: 'none' };

/** The life of a user who was never heard of. */
export const UNKNOWN_USER: ClaimLife = { state: NONE, standing: false, asking: 0, running: 0, hold: 0 };

/** Whether the pod may serve the user. */
export function isHeld({ state }: ClaimLife): boolean {
  return state.at === 'held' || state.at === 'raising';
}

/** Whether the user is held, but by no `claim()` and no scope. */
export function isIdle({ state, standing, asking, running }: ClaimLife): boolean {
  return state.at === 'held' && !standing && asking === 0 && running === 0;
}

/** Whether the user counts among the pod's users. */
export function isCounted({ state }: ClaimLife): boolean {
  return state.at !== 'none' && state.at !== 'moving' && state.at !== 'releasing';
}

/** The token of the user's claim, where there is one. */
export function claimToken({ state }: ClaimLife): number | undefined {
  return 'token' in state ? state.token : undefined;
}

/** Whether nothing needs to be remembered of the user. */
export function isForgettable({ state, asking }: ClaimLife): boolean {
  return state.at === 'none' && asking === 0;
}

/** The machine: what the pod believes after an event, and what it must do beside. */
export function stepClaim(life: ClaimLife, event: ClaimEvent): ClaimStep {
  switch (event.type) {
    case 'stand':
      return same({ ...life, standing: true });
    case 'scopeAsks':
      return same({ ...life, asking: life.asking + 1 });
    case 'scopeRuns':
      return same({ ...life, asking: life.asking - 1, running: life.running + 1 });
    case 'scopeGivesUp':
      return letGoIfIdle({ ...life, asking: life.asking - 1 });
    case 'scopeEnds':
      return event.hold === life.hold ? letGoIfIdle({ ...life, running: life.running - 1 }) : same(life);
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
  // Who is not believed to be here any more is not held by an earlier `claim()`.
  const standing = state.at === 'none' ? false : life.standing;
  return { life: { ...life, state, standing }, effects };
}

/** The hold is over: its scopes are told, and what they do from now on counts no more. */
function endHold(life: ClaimLife, state: ClaimState, ...effects: readonly ClaimEffect[]): ClaimStep {
  if (!isHeld(life)) return to(life, state, ...effects);
  return to({ ...life, running: 0, hold: life.hold + 1 }, state, ...effects);
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
        // Its state may not be saved: only `release` or another move may let the user go.
        return to({ ...life, standing: true }, { at: 'held', token: state.token });
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

/** A claim came about. */
function held(
  life: ClaimLife,
  { token, stands }: { readonly token: number; readonly stands: boolean },
): ClaimStep {
  return stays({ ...life, standing: life.standing || stands }, token);
}

function stays(life: ClaimLife, token: number): ClaimStep {
  return letGoIfIdle({ ...life, state: { at: 'held', token } });
}

function inDoubt(life: ClaimLife, state: Extract<ClaimState, { at: 'doubt' }>, event: ReplyEvent): ClaimStep {
  switch (event.type) {
    // The fence met a claim that was under way, and it was made: nobody serves the user by it.
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
      if (state.of === 'move') return to({ ...life, standing: true }, { at: 'held', token: event.token });
      return to(life, { at: 'releasing', token: event.token, op: event.op });
    case 'unknown':
      break;
  }
  return same(life);
}

/** The operation is not the user's any more. A claim that it made is undone, unless the user is held by then. */
function tooLate(life: ClaimLife, event: ReplyEvent): ClaimStep {
  if (event.type !== 'linked' || life.state.at !== 'none') return same(life);
  return { life, effects: [{ type: 'undo', token: event.token }] };
}
