import { beforeEach, expect, it, vi } from 'vitest';
import { type Follower, followStay } from '../../src/faces/follow-stay.ts';
import { ScriptedStay } from './scripted-host.ts';

let stay: ScriptedStay;
beforeEach(() => {
  stay = new ScriptedStay('ada');
});

function follower(close: () => void = () => {}) {
  return { pause: vi.fn<Follower['pause']>(), close: vi.fn<Follower['close']>(close) };
}

it('pauses and closes each socket, but those that have ended', async () => {
  const followers = [follower(), follower(), follower()];
  const [, ended] = followers.map((each) => followStay(stay, each));
  ended!();
  stay.signalGone();
  stay.close({ why: 'handOff', to: 1 });
  await vi.waitFor(() => expect(followers[2]!.close).toHaveBeenCalled());
  expect(followers.map(({ pause }) => pause.mock.calls.length)).toEqual([1, 0, 1]);
  expect(followers.map(({ close }) => close.mock.calls)).toEqual([
    [[{ why: 'handOff', to: 1 }]],
    [],
    [[{ why: 'handOff', to: 1 }]],
  ]);
});

it('closes the others where one close throws, and warns', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const fault = new Error('a fault of the socket');
  const throwing = (what: unknown) => () => {
    throw what;
  };
  const followers = [follower(), follower(throwing(fault)), follower(throwing('no error')), follower()];
  for (const each of followers) followStay(stay, each);
  stay.close({ why: 'stop' });
  await vi.waitFor(() => expect(followers[3]!.close).toHaveBeenCalledOnce());
  for (const { close } of followers) expect(close).toHaveBeenCalledOnce();
  expect(warn.mock.calls).toEqual([[fault], ['no error']]);
  warn.mockRestore();
});
