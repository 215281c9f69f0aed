import { Command } from 'ioredis';
import { describe, expect, it } from 'vitest';
import * as keys from '../src/keys.ts';

const slotOf = (key: string): number => new Command('get', [key]).getSlot();

describe('keys', () => {
  it('are those that the older sides know', () => {
    expect(keys.linkKey('game', 'ada', 'room')).toBe('sf:{game:lk:ada}room');
    expect(keys.linksKey('game', 'ada')).toBe('sf:{game:lk:ada}');
    expect(keys.stateKey('game', 'room')).toBe('sf:{game:state:room}');
    expect(keys.workloadKey('game', 'room')).toBe('sf:{game:workload:room}');
    expect(keys.tagKey('game', 'room:30013')).toBe('sf:{game:tag:room:30013}');
  });

  it('keep what only this library reads apart', () => {
    expect(keys.tokenKey('game', 'ada')).toBe('sf:{game:lk:ada}:token');
    expect(keys.stateInfoKey('game', 'room')).toBe('sf:{game:state:room}:info');
    expect(keys.intentKey('game', 'room')).toBe('sf:{game:state:room}:intent');
    expect(keys.journalKey('game', 'room')).toBe('sf:{game:state:room}:journal');
    expect(keys.ordersKey('game', 'room', 3)).toBe('sf:{game:state:room}:orders:3');
    expect(keys.eventsChannel('game', 'room')).toBe('sf:{game:state:room}:events');
    expect(keys.workloadInfoKey('game', 'room')).toBe('sf:{game:workload:room}:info');
    expect(keys.servicesKey('game')).toBe('sf:{game:services}');
  });

  it('of one script share a slot', () => {
    const together = [
      Object.values(keys.linkKeys('game', 'ünï:cøde 🎲', 'room')),
      Object.values(keys.podEntryKeys('game', 'room', 3)),
      Object.values(keys.orderKeys('game', 'room', 3)),
      Object.values(keys.workloadKeys('game', 'room')),
    ];
    for (const group of together) expect(new Set(group.map(slotOf)).size).toBe(1);
  });

  it('of different arguments differ', () => {
    const words = ['a', 'a.b', 'lk', 'state', 'tag', 'workload', 'services', 'info', 'token'];
    const uids = [...words, 'a:b', ':', ':token', 'a:info', 'state:a', ' '];
    const made = words.flatMap((ns) => [
      keys.servicesKey(ns),
      ...words.flatMap((name) => [
        ...Object.values(keys.podEntryKeys(ns, name, 0)),
        ...Object.values(keys.workloadKeys(ns, name)),
        keys.ordersKey(ns, name, 1),
        keys.tagKey(ns, name),
      ]),
      ...uids.flatMap((uid) => [
        keys.linksKey(ns, uid),
        keys.tokenKey(ns, uid),
        ...words.map((name) => keys.linkKey(ns, uid, name)),
      ]),
    ]);
    expect(new Set(made).size).toBe(made.length);
  });
});
