/*
 * The life of one user's entity on this pod: a pure state machine.
 *
 *   state      event                  next                effects
 *   none       ask                    claiming            claim
 *   none       found                  parked              the driver holds the user, for example after a fence
 *   none       handOff                passing             answer
 *   parked     ask                    claiming            claim
 *   parked     idle, end              leaving, link       release
 *   parked     handOff                passing             answer
 *   parked     lost, fenced, stopped  none
 *   claiming   claimed                opening             open
 *   claiming   refused                none | parked
 *   claiming   handOff                claiming            answer; the claim is answered after the hand-off
 *   opening    opened                 open
 *   opening    stale                  claiming            claim, above the storage's token
 *   opening    openFailed             leaving, link       release
 *   opening    handOff                passing             abandon, answer
 *   opening    lost, fenced, stopped  none                abandon
 *   open       idle                   leaving, link       signal, release
 *   open       end, handOff           leaving, uses       signal, awaitUses
 *   open       fenced                 leaving, uses       with `saveWhenFenced`; else closing
 *   open       moved                  closing             a drain had a listener of its own
 *   open       lost, stopped          closing             signal, close
 *   open       outdated               closing             signal, letGo, close
 *   leaving    handOff                leaving             because of the hand-off, in the same step
 *   leaving    usesEnded              leaving, save       save
 *   leaving    usesLate, saveFailed   leaving, link       handOff, and at givenUp: answer, and the user moves unsaved
 *                                     closing             fenced
 *                                     open                ended: resume
 *   leaving    saveFailed             leaving, link       handOff: answer, and the user stays
 *   leaving    saved                  leaving, link       release or answer; fenced: closing
 *   leaving    released, moved        closing             close
 *   leaving    stayed                 open                resume
 *   leaving    lost, fenced, stopped  closing             close
 *   leaving    outdated               closing             handOff: answer, unsaved; else letGo; close
 *   passing    moved                  none                turnAway
 *   passing    stayed                 parked
 *   passing    lost, fenced, stopped  none
 *   closing    closed                 none | parked
 *   closing    handOff                closing             answer: what is being closed is not the driver's hold
 *
 * Any other event changes nothing. A hand-off of a user without an entity, and of one that closes, has nothing to save. `moved`
 * turns away those who wait. An entity that leaves because of a fence ignores the next hold's hand-offs.
 */

import type { CloseReason } from '../host.ts';
import type { EntityEffect, EntityEvent, EntityOperation, EntityState, EntityStep } from './entity-state.ts';

/** A user without an entity. */
export const NO_ENTITY: EntityState = { at: 'none' };

const PARKED: EntityState = { at: 'parked' };
const OPEN: EntityState = { at: 'open' };
const PASSING: EntityState = { at: 'passing' };
const SAVED: EntityEffect = { type: 'answer', as: 'saved' };
const UNSAVED: EntityEffect = { type: 'answer', as: 'unsaved' };
const KEPT: EntityEffect = { type: 'answer', as: 'kept' };
const LET_GO: EntityEffect = { type: 'letGo' };
const RESUME: EntityEffect = { type: 'resume' };
const TURN_AWAY: EntityEffect = { type: 'turnAway' };

type StateAt<At extends EntityState['at']> = Extract<EntityState, { at: At }>;
type EventOf<Type extends EntityEvent['type']> = Extract<EntityEvent, { type: Type }>;
type Leaving = StateAt<'leaving'>;

/** What each event does in each state. Others change nothing. */
type Transitions = {
  readonly [At in EntityState['at']]: {
    readonly [Type in EntityEvent['type']]?: (event: EventOf<Type>, state: StateAt<At>) => EntityStep;
  };
};

const ask = ({ op }: EventOf<'ask'>): EntityStep => to({ at: 'claiming', op }, { type: 'claim', op });
const nobody = (): EntityStep => to(NO_ENTITY);
const passOn = (): EntityStep => to(PASSING, SAVED);
const answer = (_event: EntityEvent, state: EntityState): EntityStep => to(state, SAVED);
const turnAway = (_event: EntityEvent, state: EntityState): EntityStep => to(state, TURN_AWAY);
const abandon = (why: CloseReason) => (): EntityStep => to(NO_ENTITY, { type: 'abandon', why });
const usesLate = (_event: EntityEvent, state: Leaving): EntityStep =>
  state.step === 'link' ? to(state) : unsaved(state.op, state.why);

const transitions: Transitions = {
  none: {
    ask,
    found: () => to(PARKED),
    handOff: passOn,
    moved: () => to(NO_ENTITY, TURN_AWAY),
  },
  parked: {
    ask,
    idle: ({ op }) => to(leaving(op, 'idle', 'link'), release(op)),
    end: ({ op }) => to(leaving(op, 'ended', 'link'), release(op)),
    handOff: passOn,
    moved: () => to(NO_ENTITY, TURN_AWAY),
    lost: nobody,
    fenced: nobody,
    stopped: nobody,
  },
  claiming: {
    claimed: ({ op, token }) => to({ at: 'opening', op, token }, { type: 'open', op, token }),
    refused: ({ held }) => to(held ? PARKED : NO_ENTITY),
    handOff: answer,
  },
  opening: {
    opened: () => to(OPEN),
    stale: ({ op }) => to({ at: 'claiming', op }, { type: 'claim', op }),
    openFailed: ({ op }) => to(leaving(op, 'ended', 'link'), release(op)),
    handOff: () => to(PASSING, { type: 'abandon', why: 'handOff' }, SAVED),
    moved: () => to(NO_ENTITY, { type: 'abandon', why: 'handOff' }, TURN_AWAY),
    lost: abandon('lost'),
    fenced: abandon('fenced'),
    stopped: abandon('stop'),
  },
  open: {
    idle: ({ op }) => to(leaving(op, 'idle', 'link'), { type: 'signal' }, release(op)),
    end: ({ op }) => begin(op, 'ended'),
    handOff: ({ op }) => begin(op, 'handOff'),
    fenced: ({ op, saves }) => (saves ? begin(op, 'fenced') : close(op, 'fenced')),
    moved: ({ op, to: pod }) => close(op, 'handOff', pod),
    lost: ({ op }) => close(op, 'lost'),
    stopped: ({ op }) => close(op, 'stop'),
    outdated: ({ op }) => close(op, 'lost', undefined, LET_GO),
  },
  leaving: {
    handOff: (_event, state) => {
      // At the last step everything is saved already, and the release follows the hand-off.
      if (state.why === 'fenced' || state.step === 'link') return to(state, SAVED);
      return to({ ...state, why: 'handOff' });
    },
    usesEnded: (_event, state) => {
      const { op, why, step } = state;
      return step === 'uses' ? to(leaving(op, why, 'save'), { type: 'save', op }) : to(state);
    },
    usesLate,
    // The end of a hand-off does not end the save of a fence.
    givenUp: (event, state) => (state.why === 'handOff' ? usesLate(event, state) : to(state)),
    saveFailed: (_event, state) => {
      const { op, why, step } = state;
      if (step !== 'save') return to(state);
      return why === 'handOff' ? to(leaving(op, why, 'link'), KEPT) : unsaved(op, why);
    },
    saved: ({ isAll }, state) => {
      const { op, why, step } = state;
      if (step !== 'save') return to(state);
      if (why === 'fenced') return close(op, why);
      const answered = isAll ? SAVED : UNSAVED;
      return to(leaving(op, why, 'link'), why === 'handOff' ? answered : release(op));
    },
    released: (_event, state) => {
      const { op, why, step } = state;
      return step === 'link' && why !== 'handOff' ? close(op, why) : to(state);
    },
    moved: ({ to: pod }, state) => {
      if (state.why === 'fenced') return to(state, TURN_AWAY);
      // Without another pod, this one stops.
      return close(state.op, pod === undefined ? 'stop' : 'handOff', pod);
    },
    stayed: (_event, state) => (state.why === 'handOff' ? to(OPEN, RESUME) : to(state)),
    fenced: ({ saves }, state) => {
      // A save that was under way goes on.
      if (saves && state.step !== 'link') return to({ ...state, why: 'fenced' }, SAVED);
      return close(state.op, 'fenced');
    },
    lost: (_event, { op }) => close(op, 'lost'),
    stopped: (_event, { op }) => close(op, 'stop'),
    outdated: (_event, { op, why }) => close(op, 'lost', undefined, why === 'handOff' ? UNSAVED : LET_GO),
  },
  passing: {
    moved: () => to(NO_ENTITY, TURN_AWAY),
    stayed: () => to(PARKED),
    handOff: answer,
    lost: nobody,
    fenced: nobody,
    stopped: nobody,
  },
  closing: {
    closed: ({ held }) => to(held ? PARKED : NO_ENTITY),
    handOff: answer,
    moved: turnAway,
  },
};

/** The machine: the entity after an event, and what the host must do. */
export function stepEntity(state: EntityState, event: EntityEvent): EntityStep {
  if ('op' in state && replies.has(event.type) && 'op' in event && event.op !== state.op) return to(state);
  const transition: ((event: never, state: never) => EntityStep) | undefined =
    transitions[state.at][event.type];
  return transition ? transition(event as never, state as never) : to(state);
}

/** The events that count only for the operation that they belong to. */
const replies: ReadonlySet<EntityEvent['type']> = new Set([
  'claimed',
  'refused',
  'opened',
  'stale',
  'openFailed',
  'usesEnded',
  'usesLate',
  'saved',
  'saveFailed',
  'givenUp',
  'released',
  'closed',
]);

/** Whether the entity is on its way out, so that those who ask must wait. */
export function isGoing({ at }: EntityState): boolean {
  return at === 'leaving' || at === 'passing' || at === 'closing';
}

/** Whether nothing is open or on its way, so that whoever asks must claim. */
export function isAbsent({ at }: EntityState): boolean {
  return at === 'none' || at === 'parked';
}

/** Whether the user takes one of the pod's places. */
export function isHere({ at }: EntityState): boolean {
  return at !== 'none' && at !== 'passing' && at !== 'closing';
}

function to(state: EntityState, ...effects: readonly EntityEffect[]): EntityStep {
  return { state, effects };
}

function leaving(op: EntityOperation, why: Leaving['why'], step: Leaving['step']): Leaving {
  return { at: 'leaving', op, why, step };
}

function begin(op: EntityOperation, why: Leaving['why']): EntityStep {
  return to(leaving(op, why, 'uses'), { type: 'signal' }, { type: 'awaitUses', op });
}

/** The entity goes without the save, or stays where it may. */
function unsaved(op: EntityOperation, why: Leaving['why']): EntityStep {
  if (why === 'handOff') return to(leaving(op, why, 'link'), UNSAVED);
  return why === 'fenced' ? close(op, why) : to(OPEN, RESUME);
}

function release(op: EntityOperation): EntityEffect {
  return { type: 'release', op };
}

function close(
  op: EntityOperation,
  why: CloseReason,
  pod?: number,
  before: EntityEffect = SAVED,
): EntityStep {
  return to({ at: 'closing', op }, { type: 'signal' }, before, ...(pod === undefined ? [] : [TURN_AWAY]), {
    type: 'close',
    op,
    why,
    to: pod,
  });
}
