import { DeadlineQueue } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { type ItemArgs, ManyItemsCall, OneItemCall } from '../src/calls/item-call.ts';
import { itemInvocation, oneItemInvocation } from '../src/calls/item-invocation.ts';
import { getLink } from '../src/scripts/get-link.ts';
import { getLinkedPod } from '../src/scripts/get-linked-pod.ts';
import { setLinkedPodIfAbsent } from '../src/scripts/set-linked-pod-if-absent.ts';
import { SharedDeadline } from '../src/calls/shared-deadline.ts';
import { storeCall } from '../src/calls/store-call.ts';

const clock = new ManualClock();
const queue = new DeadlineQueue(clock);
const call = storeCall('setLinkedPodIfAbsent', 'repeatable', undefined);

/** A deadline that leaves as much time whenever it is asked. */
function deadline(leftMs: number): SharedDeadline {
  const made = new SharedDeadline(leftMs, clock, queue, () => {});
  made.leftMs = () => leftMs;
  return made;
}

const keys = (uid: string) => ({ link: `${uid}-link`, token: `${uid}-token`, links: `${uid}-links` });

function set(uid: string, args: ItemArgs, by: SharedDeadline = deadline(500)): OneItemCall {
  return new OneItemCall(setLinkedPodIfAbsent, keys(uid), args, call, by);
}

const room = { serviceName: 'room', podId: 1, persistSeconds: 60 };

describe('an invocation for many items', () => {
  it('has all keys, item by item, and says once what the items have in common', () => {
    const calls = [set('ada', room), set('bob', room)];
    expect(itemInvocation(calls, 1_000)).toEqual([
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
      '=1500',
    ]);
  });

  it('says what differs item by item, in the order of the arguments', () => {
    const calls = [
      set('ada', room),
      set('bob', { ...room, podId: 2 }),
      set('cy', { ...room, serviceName: 'hall' }),
    ];
    const words = itemInvocation(calls, 1_000);
    expect(words.slice(0, 1)).toEqual(['9']);
    expect(words.slice(10)).toEqual(['*', '*', '=60', '=1500', 'room', '1', 'room', '2', 'hall', '1']);
  });

  it('takes no value for one that says that values differ', () => {
    const words = itemInvocation([set('ada', { ...room, serviceName: '*' })], 1_000);
    expect(words.slice(4)).toEqual(['=*', '=1', '=60', '=1500']);
  });

  it('gives each call its own deadline, by the time of the server, in whole ms', () => {
    const [short, long] = [deadline(100.7), deadline(5_000)];
    const calls = [
      set('ada', room, short),
      set('bob', room, long),
      set('cy', room, long),
      set('dan', room, short),
    ];
    const words = itemInvocation(calls, 1_000);
    expect(words.slice(13)).toEqual(['=room', '=1', '=60', '*', '1100', '6000', '6000', '1100']);
  });

  it('lets nothing be done where the time of the server is not known', () => {
    expect(itemInvocation([set('ada', room), set('bob', room, deadline(9))], undefined).slice(-1)).toEqual([
      '=0',
    ]);
    expect(oneItemInvocation(set('ada', room), 0, undefined).slice(-1)).toEqual(['=0']);
  });

  it('repeats the arguments of a call for each of its items, where they differ from those of another', () => {
    const many = (uids: readonly string[], serviceName: string) =>
      new ManyItemsCall(getLink, uids.map(keys), { serviceName }, call, deadline(1));
    const words = itemInvocation([many(['ada', 'bob'], 'room'), many(['cy'], 'hall')], 1_000);
    expect(words).toEqual([
      '6',
      'ada-link',
      'ada-token',
      'bob-link',
      'bob-token',
      'cy-link',
      'cy-token',
      '*',
      'room',
      'room',
      'hall',
    ]);
    expect(itemInvocation([many(['ada', 'bob'], 'room')], 1_000).slice(5)).toEqual(['=room']);
  });

  it('is keys alone where there is nothing else to say', () => {
    const one = new OneItemCall(getLinkedPod, keys('ada'), {}, call, deadline(1));
    expect(itemInvocation([one], undefined)).toEqual(['1', 'ada-link']);
  });

  it('for one of them names that one', () => {
    const many = new ManyItemsCall(
      getLink,
      ['ada', 'bob'].map(keys),
      { serviceName: 'room' },
      call,
      deadline(1),
    );
    expect(oneItemInvocation(many, 1, 1_000)).toEqual(['2', 'bob-link', 'bob-token', '=room']);
  });
});
