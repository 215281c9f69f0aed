import type { PodOrder } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { orderedOnce, ordersEnd } from '../src/checks/orders.ts';
import type { ObservedPod } from '../src/checks/observation.ts';
import { History, restful } from './support/history.ts';

const terms = { id: 'order-1', by: 'order-1', until: 60_000 } as const;
const shed: PodOrder = { ...terms, kind: 'shed', users: 1 };

function take(history: History, pod: ObservedPod, result = true): string | undefined {
  return history.stored(pod, { method: 'takeOrder', args: ['game', 'room', 0, 'order-1'], result });
}

function move(history: History, pod: ObservedPod, uid: string, token = 1, linked = true): string | undefined {
  return history.stored(pod, {
    method: 'replaceLinkedPod',
    args: ['game', uid, 'room', 0, 1, 20],
    options: { ifToken: token, why: 'moved', by: 'order-1' },
    result: { linked, podId: 1 },
  });
}

describe('ordered-once', () => {
  function ordered(order: PodOrder = shed): History {
    const history = new History(orderedOnce());
    history.observe({ kind: 'ordered', podId: 0, order });
    return history;
  }

  it('accepts an order that moves what it names, and a move that is sent again', () => {
    const history = ordered();
    take(history, history.a);
    expect(move(history, history.a, 'bob', 1, false)).toBeUndefined();
    expect(move(history, history.a, 'ada')).toBeUndefined();
    expect(move(history, history.a, 'ada')).toBeUndefined();
  });

  it('finds a user too many, and one who is moved twice', () => {
    const history = ordered();
    take(history, history.a);
    move(history, history.a, 'ada');
    expect(move(history, history.a, 'ada', 2)).toContain('twice');
    expect(move(history, history.a, 'bob')).toContain('moved ada, bob for order-1');
  });

  it('finds another user than the order names', () => {
    const history = ordered({ ...terms, kind: 'move', uid: 'ada' });
    take(history, history.a);
    expect(move(history, history.a, 'bob')).toContain('moved bob for order-1');
  });

  it('finds a move by a process that was not told to do it, and by a second one', () => {
    const history = ordered();
    take(history, history.a, false);
    expect(move(history, history.a, 'ada')).toContain('had not taken');
    take(history, history.a);
    take(history, history.b);
    expect(move(history, history.b, 'ada')).toContain('pod-0#1 and pod-1#2');
  });

  it('finds a move that nobody ordered', () => {
    const history = new History(orderedOnce());
    expect(move(history, history.a, 'ada')).toContain('gave no order');
  });

  it('accepts anything of an order that the store may have lost, but none of a later one', () => {
    const history = ordered();
    take(history, history.a);
    history.observe({ kind: 'storeBack', awayMs: 0, lost: 'everything' });
    take(history, history.b);
    expect(move(history, history.b, 'ada')).toBeUndefined();
    history.observe({ kind: 'ordered', podId: 0, order: { ...shed, id: 'order-2', by: 'order-2' } });
    const late = { ifToken: 1, why: 'moved', by: 'order-2' };
    const args = ['game', 'ada', 'room', 0, 1, 20];
    const result = { linked: true, podId: 1 };
    expect(history.stored(history.b, { method: 'replaceLinkedPod', args, options: late, result })).toContain(
      'had not taken',
    );
  });
});

describe('orders-end', () => {
  function ordered(): History {
    const history = new History(ordersEnd());
    history.observe({ kind: 'ordered', podId: 0, order: shed });
    return history;
  }

  it('finds an order that has not ended at rest, and one that has ended twice', () => {
    const rest = restful('ada');
    expect(ordered().observe(rest)).toContain('order-1 has not ended');
    expect(ordered().observe({ ...rest, endedOrders: ['order-1'] })).toBeUndefined();
    expect(ordered().observe({ ...rest, endedOrders: ['order-1', 'order-1'] })).toContain('twice');
  });

  it('accepts what was lost with the store, or with the removal of the pod by an operator', () => {
    const rest = restful('ada');
    const lost = ordered();
    lost.observe({ kind: 'storeBack', awayMs: 0, lost: 'states' });
    expect(lost.observe(rest)).toBeUndefined();
    const kept = ordered();
    kept.observe({ kind: 'storeBack', awayMs: 0, lost: 'nothing' });
    kept.observe({ kind: 'event', event: { at: 0, kind: 'reap', pod: 1 } });
    expect(kept.observe(rest)).toContain('order-1');
    kept.observe({ kind: 'event', event: { at: 0, kind: 'reap', pod: 0 } });
    expect(kept.observe(rest)).toBeUndefined();
  });
});
