/*
 * What a pod believes of one user, as a pure state machine. Nothing else decides whether the pod may serve the user.
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
 *   held        found            held               takes the store's token
 *   held        gone             none               lost
 *   held        fence            suspended
 *   raising     linked, settled  held
 *   raising     failed           held
 *   raising     refused          none               lost
 *   raising     unknown          raising            until the link is read
 *   raising     fence            suspended          signal
 *   moving      moved, removed   none
 *   moving      refused          none               lost
 *   moving      failed           held               the save or the move failed: the user stays
 *   moving      unknown          doubt of a move
 *   moving      fence            suspended
 *   releasing   removed          none
 *   releasing   unknown, failed  doubt of a removal
 *   doubt       settled          none | held        held only after a move that did not happen;
 *                                                   waiting where an earlier run's claim stands
 *   doubt       linked           releasing          a claim was made during the fence: removed by its token
 *   doubt       removed, moved   none
 *   doubt of a move, fence       suspended
 *   suspended   reclaim          reclaiming
 *   suspended   found            suspended          takes the store's token, for a later release
 *   suspended   release          releasing
 *   suspended   moved, removed   none               the move was under way when the fence came
 *   suspended   linked           suspended          the claim was under way when the fence came: takes its token
 *   reclaiming  linked           held
 *   reclaiming  refused          none               lost
 *   reclaiming  failed, unknown  suspended
 *   reclaiming  fence            suspended
 *   any         end              none               lost, where the pod was displaced
 *
 * When a hold ends, `hold` grows, and the signals of its scopes fire. A user who becomes held when no `claim()` and no scope
 * needs it any more is released.
 *
 * A reply counts only for the operation that sent the call. A reply for another operation than the state's is ignored, except
 * that a claim it made is removed if nobody holds the user by then.
 */

type Token = number | undefined;
/** Identifies one operation; a reply names the operation that sent the call. */
export type ClaimOperation = number;

/** The kind of a write whose reply was lost. It may still act until its deadline. */
export type DoubtOf = 'claim' | 'removal' | 'move';

/** A user's state on this pod. */
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
      /** Found in the roster: not held before, and not held again if the move fails. */
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
  /** Replies. `linked`: the link is this pod's claim. `refused`: it is not, because of another pod's claim or an ended record. */
  | { readonly type: 'linked'; readonly op: ClaimOperation; readonly token: number; readonly stands: boolean }
  | { readonly type: 'refused'; readonly op: ClaimOperation }
  /** Nothing was written. */
  | { readonly type: 'failed'; readonly op: ClaimOperation }
  /** The reply was lost. */
  | { readonly type: 'unknown'; readonly op: ClaimOperation }
  | { readonly type: 'removed'; readonly op: ClaimOperation }
  | { readonly type: 'moved'; readonly op: ClaimOperation }
  /** The link was read after the deadline of a write in doubt: the token of this run's claim, or `waits` of an earlier run's. */
  | { readonly type: 'settled'; readonly op: ClaimOperation; readonly token: Token; readonly waits?: Token }
  /** A reading found this run's claim, with this token. */
  | { readonly type: 'found'; readonly token: number }
  /** The claim with this token belongs to another pod now, or was ended. */
  | { readonly type: 'gone'; readonly token: number }
  | { readonly type: 'fence' }
  /** The run is over: the pod stopped, or was displaced. Only the latter is reported as a loss. */
  | { readonly type: 'end'; readonly lost: boolean }
  /** `claim()` holds the user from now on, until `release`. */
  | { readonly type: 'stand' }
  /** Scopes: one waits for its claim; its claim is held and it runs; it stopped waiting; it ended. */
  | { readonly type: 'scopeAsks' }
  | { readonly type: 'scopeRuns' }
  | { readonly type: 'scopeGivesUp' }
  | { readonly type: 'scopeEnds'; readonly hold: number };

/** What the pod must do after a step. */
export type ClaimEffect =
  /** Report the user as lost to the application. */
  | { readonly type: 'lost'; readonly token: number }
  /** Remove the claim with this token: nobody holds the user here. */
  | { readonly type: 'undo'; readonly token: number }
  /** Release the user, unless a scope or a `claim()` holds it again when this effect has its turn: see {@link isIdle}. */
  | { readonly type: 'letGo' };

/** All that the pod believes of one user. */
export interface ClaimLife {
  readonly state: ClaimState;
  /** `claim()` holds the user, not only scopes. */
  readonly standing: boolean;
  /** How many scopes wait for their claim. */
  readonly asking: number;
  /** How many scopes run in the present hold. */
  readonly running: number;
  /** Counts the holds that ended: the end of a scope of an earlier hold changes nothing. */
  readonly hold: number;
}

/** The outcome of an event. */
export interface ClaimStep {
  readonly life: ClaimLife;
  readonly effects: readonly ClaimEffect[];
}

const NONE: ClaimState = { at: 'none' };

/** A user of whom nothing is known. */
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

/** The token of the user's claim, if there is one. */
export function claimToken({ state }: ClaimLife): number | undefined {
  return 'token' in state ? state.token : undefined;
}

/** Whether the user can be forgotten. */
export function isForgettable({ state, asking }: ClaimLife): boolean {
  return state.at === 'none' && asking === 0;
}

/** The machine: what the pod believes after an event, and what it must do. */
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
  // A `claim()` before the end does not hold a user who comes back.
  const standing = state.at === 'none' ? false : life.standing;
  return { life: { ...life, state, standing }, effects };
}

/** Ends the hold: the signals of its scopes fire, and their ends no longer count. */
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
        // The state may be unsaved: only `release` or another move may end this hold.
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

/** A claim was made. */
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
    // The claim was under way when the fence came, and was made: nobody serves the user.
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

/** A reply after its operation ended. A claim that it made is removed, unless the user is held by then. */
function tooLate(life: ClaimLife, event: ReplyEvent): ClaimStep {
  if (event.type !== 'linked' || life.state.at !== 'none') return same(life);
  return { life, effects: [{ type: 'undo', token: event.token }] };
}
