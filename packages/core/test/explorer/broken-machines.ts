import {
  type ClaimEvent,
  type ClaimLife,
  type ClaimStep,
  isHeld,
  stepClaim,
} from '@stateful-route/core/adapter';
import type { Step } from './driver.ts';

/** Machines with one fault each, which an exploration must find. */
export const brokenMachines: Readonly<Record<string, Step>> = {
  'a reply is applied to whatever is there': (life, event) =>
    event.type === 'linked'
      ? { life: { ...life, state: { at: 'held', token: event.token } }, effects: [] }
      : stepClaim(life, event),

  'the end of a scope releases a user whom claim() holds': (life, event) => {
    const isTheirs = event.type === 'scopeEnds' && event.hold === life.hold;
    return stepClaim(isTheirs ? { ...life, untilRelease: false } : life, event);
  },

  'a user counts as held while a move is in doubt': changed(({ state }, after) =>
    state.at === 'moving' && after.state.at === 'doubt'
      ? { ...after, state: { at: 'held', token: state.token } }
      : after,
  ),

  'a loss ends whatever claim there is': (life, event) =>
    event.type === 'gone' && isHeld(life) && 'token' in life.state && life.state.token !== undefined
      ? stepClaim(life, { ...event, token: life.state.token })
      : stepClaim(life, event),

  'a claim that a fence met is held': (life, event) =>
    event.type === 'linked' && life.state.at === 'doubt' && life.state.op === event.op
      ? { life: { ...life, state: { at: 'held', token: event.token } }, effects: [] }
      : stepClaim(life, event),

  'a failed save leaves the user to the scopes': (life, event) => {
    const step = stepClaim(life, event);
    const isFailed = life.state.at === 'moving' && event.type === 'failed';
    return isFailed ? { ...step, life: { ...step.life, state: { at: 'none' } } } : step;
  },
};

/** The machine with a different result for some steps. */
function changed(change: (before: ClaimLife, after: ClaimLife) => ClaimLife): Step {
  return (life: ClaimLife, event: ClaimEvent): ClaimStep => {
    const step = stepClaim(life, event);
    return { ...step, life: change(life, step.life) };
  };
}
