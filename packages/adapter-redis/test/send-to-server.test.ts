import { checkUid } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { Deadline, Deadlines, type ItemArgs, ScriptCall } from '../src/calls/call.ts';
import { itemArguments, itemsArguments } from '../src/calls/send-to-server.ts';
import { connectionOf, epochArgument } from '../src/client/connection.ts';
import { getLink } from '../src/scripts/get-link.ts';
import { getLinkedPod } from '../src/scripts/get-linked-pod.ts';
import { leaveRoster } from '../src/scripts/leave-roster.ts';
import { setLinkedPodIfAbsent } from '../src/scripts/set-linked-pod-if-absent.ts';

const connection = connectionOf(new Redis({ lazyConnect: true }));
const deadlines = new Deadlines(connection, new ManualClock(), 5_000);
const leaving = { name: 'leaveRoster', options: undefined } as const;
const placing = { name: 'setLinkedPodIfAbsent', options: undefined } as const;

/** A deadline that always has the same time left. */
function deadline(leftMs: number): Deadline {
  const made = new Deadline(leftMs, deadlines);
  made.leftMs = () => leftMs;
  return made;
}

const keys = (uid: string) => ({ link: `${uid}-link`, token: `${uid}-token`, links: `${uid}-links` });

function set(uid: string, args: ItemArgs, by: Deadline = deadline(500)): ScriptCall {
  return new ScriptCall(setLinkedPodIfAbsent, keys(uid), args, placing, by);
}

const room = { serviceName: 'room', podId: 1, persistSeconds: 60 };

describe('the arguments for many items', () => {
  it('are all keys, item by item, and once what the items have in common', () => {
    const calls = [set('ada', room), set('bob', room)];
    expect(itemsArguments(calls, 1_000)).toEqual([
      '6',
      'ada-link',
      'ada-token',
      'ada-links',
      'bob-link',
      'bob-token',
      'bob-links',
      '=room',
      '=1',
      '=60',
      '=',
      '=1500',
    ]);
  });

  it('repeat what differs item by item, in the order of the descriptor', () => {
    const calls = [
      set('ada', room),
      set('bob', { ...room, podId: 2 }),
      set('cy', { ...room, serviceName: 'hall' }),
    ];
    const words = itemsArguments(calls, 1_000);
    expect(words.slice(0, 1)).toEqual(['9']);
    expect(words.slice(10)).toEqual(['*', '*', '=60', '=', '=1500', 'room', '1', 'room', '2', 'hall', '1']);
  });

  it('mark a common value, so that it is never taken for the mark of differing ones', () => {
    const star = { ...room, serviceName: '*' };
    const words = itemsArguments([set('ada', star), set('bob', star)], 1_000);
    expect(words.slice(7)).toEqual(['=*', '=1', '=60', '=', '=1500']);
  });

  it('have a deadline for each call, in the time of the server, in whole ms', () => {
    const [short, long] = [deadline(100.7), deadline(5_000)];
    const calls = [
      set('ada', room, short),
      set('bob', room, long),
      set('cy', room, long),
      set('dan', room, short),
    ];
    const words = itemsArguments(calls, 1_000);
    expect(words.slice(13)).toEqual(['=room', '=1', '=60', '=', '*', '1100', '6000', '6000', '1100']);
  });

  it('have a deadline that has passed where the time of the server is unknown', () => {
    expect(itemsArguments([set('ada', room), set('bob', room, deadline(9))], undefined).slice(-1)).toEqual([
      '=0',
    ]);
    expect(itemArguments(set('ada', room), 0, undefined).slice(-1)).toEqual(['0']);
  });

  it('repeats the arguments of a call for each of its items, where they differ from those of another', () => {
    const many = (uids: readonly string[], serviceName: string) =>
      new ScriptCall(getLink, uids.map(keys), { serviceName, withPin: false }, placing, deadline(1));
    const words = itemsArguments([many(['ada', 'bob'], 'room'), many(['cy'], 'hall')], 1_000);
    expect(words).toEqual([
      '6',
      'ada-link',
      'ada-token',
      'bob-link',
      'bob-token',
      'cy-link',
      'cy-token',
      '*',
      '=0',
      'room',
      'room',
      'hall',
    ]);
    expect(itemsArguments([many(['ada', 'bob'], 'room')], 1_000).slice(5)).toEqual(['=room', '=0']);
  });

  it('end with the epoch that a call rests on, which no uid can look like', () => {
    const removal = (uid: string) =>
      new ScriptCall(leaveRoster, { roster: 'roster' }, { uid, number: 1 }, leaving, deadline(500));
    const last = itemsArguments([removal('ada'), removal('@epoch 1')], 1_000).at(-1)!;
    expect(last).toBe('@epoch 1');
    expect(() => checkUid(last)).not.toThrow();
    expect(() => checkUid(epochArgument(1))).toThrow('uid');
  });

  it('are keys alone where there is nothing else to say', () => {
    const many = new ScriptCall(getLinkedPod, ['ada', 'bob'].map(keys), {}, placing, deadline(1));
    expect(itemsArguments([many], undefined)).toEqual(['2', 'ada-link', 'bob-link']);
  });
});

describe('the arguments for one item', () => {
  it('are its keys and arguments as they are, and the deadline of a write', () => {
    expect(itemArguments(set('ada', room), 0, 1_000)).toEqual([
      '3',
      'ada-link',
      'ada-token',
      'ada-links',
      'room',
      '1',
      '60',
      '',
      '1500',
    ]);
  });

  it('are those of one among many', () => {
    const items = ['ada', 'bob'].map(keys);
    const many = new ScriptCall(getLink, items, { serviceName: 'room', withPin: true }, placing, deadline(1));
    expect(itemArguments(many, 1, 1_000)).toEqual(['2', 'bob-link', 'bob-token', 'room', '1']);
  });
});
