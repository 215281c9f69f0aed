import { describe, expect, it } from 'vitest';
import { type ClaimEvent, type ClaimState, stepClaim, UNKNOWN_USER } from '@stateful-route/core/adapter';

function after(...events: readonly ClaimEvent[]): ClaimState {
  let life = UNKNOWN_USER;
  for (const event of events) life = stepClaim(life, event).life;
  return life.state;
}

describe('a user whom an earlier run claimed', () => {
  const claimed: readonly ClaimEvent[] = [
    { type: 'adopt', token: 3 },
    { type: 'claim', op: 1 },
  ];

  it.each<[string, ClaimEvent]>([
    ['the reply is lost', { type: 'unknown', op: 1 }],
    ['the fence meets it', { type: 'fence' }],
  ])('waits again after a claim that was not made, when %s', (_, event) => {
    expect(after(...claimed, event, { type: 'settled', op: 1, token: undefined, waits: 3 })).toEqual({
      at: 'waiting',
      token: 3,
    });
    expect(after(...claimed, event, { type: 'failed', op: 1 })).toEqual({ at: 'waiting', token: 3 });
  });

  it('is gone when the earlier claim has ended', () => {
    const doubt: ClaimEvent = { type: 'unknown', op: 1 };
    expect(after(...claimed, doubt, { type: 'settled', op: 1, token: undefined })).toEqual({ at: 'none' });
  });

  it('is let go when the claim was made after all', () => {
    const doubt: ClaimEvent = { type: 'unknown', op: 1 };
    expect(after(...claimed, doubt, { type: 'settled', op: 1, token: 4 })).toMatchObject({
      at: 'releasing',
      token: 4,
    });
  });
});

it('a user without an earlier claim does not wait after a claim in doubt', () => {
  const events: readonly ClaimEvent[] = [
    { type: 'claim', op: 1 },
    { type: 'unknown', op: 1 },
  ];
  expect(after(...events, { type: 'settled', op: 1, token: undefined, waits: 3 })).toEqual({ at: 'none' });
});
