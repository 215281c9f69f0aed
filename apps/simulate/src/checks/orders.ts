import type { PodOrder } from '@stateful-route/core';
import type { Check, ObservedPod, Observation } from './observation.ts';

/** What is known of an order that was given. */
interface GivenOrder {
  readonly order: PodOrder;
  readonly podId: number;
  /** The processes that the store told to do it. */
  readonly takers: Set<ObservedPod>;
  /** By user: the token of the claim that the order ended. */
  readonly moved: Map<string, unknown>;
  /** The store may have lost it. Given again it is another one. */
  isLost: boolean;
}

/**
 * An order is carried out by one process, once: it moves no more users than it names, each once, and only after the process has
 * taken it. The orders of a world are given by names of their own, so that each move tells its order.
 */
export function orderedOnce(): Check {
  const orders = new Map<string, GivenOrder>();
  return {
    name: 'ordered-once',
    observe(observation) {
      if (observation.kind === 'ordered') {
        const { order, podId } = observation;
        // An order may be given again.
        const known = orders.get(order.id);
        orders.set(order.id, known ?? { order, podId, takers: new Set(), moved: new Map(), isLost: false });
      }
      for (const id of lostBy(observation, orders)) orders.get(id)!.isLost = true;
      if (observation.kind !== 'stored' || observation.call.error !== undefined) return undefined;
      const { pod, call } = observation;
      if (!pod) return undefined;
      if (call.method === 'takeOrder' && call.result === true) {
        orders.get(String(call.args[3]))?.takers.add(pod);
        return undefined;
      }
      if (call.method !== 'replaceLinkedPod' || call.options['why'] !== 'moved') return undefined;
      if (!(call.result as { readonly linked: boolean }).linked) return undefined;
      return moveOf(orders, pod, String(call.args[1]), call.options);
    },
  };
}

/** Notes a move for an order; returns what is wrong with it. */
function moveOf(
  orders: ReadonlyMap<string, GivenOrder>,
  pod: ObservedPod,
  uid: string,
  { by, ifToken }: Readonly<Record<string, unknown>>,
): string | undefined {
  const given = orders.get(String(by));
  // Many orders to keep the service even have one name.
  if (String(by).startsWith('rebalance')) return undefined;
  if (!given) return `${pod.name} moved ${uid} for ${String(by)}, who gave no order`;
  const { order, takers, moved, isLost } = given;
  if (isLost) return undefined;
  if (!takers.has(pod)) return `${pod.name} moved ${uid} for ${order.id}, which it had not taken`;
  if (takers.size > 1) return `${[...takers].map(({ name }) => name).join(' and ')} carried ${order.id} out`;
  // A move whose reply was lost is sent again, for the same claim.
  if (moved.has(uid) && moved.get(uid) !== ifToken) return `${pod.name} moved ${uid} twice for ${order.id}`;
  moved.set(uid, ifToken);
  const allowed = order.kind === 'move' ? 1 : (order.users ?? Number.POSITIVE_INFINITY);
  if (moved.size > allowed || (order.kind === 'move' && uid !== order.uid)) {
    return `${pod.name} moved ${[...moved.keys()].join(', ')} for ${order.id}, which asks for ${JSON.stringify(order)}`;
  }
  return undefined;
}

/** The orders that an event may have removed from the store. */
function lostBy(
  observation: Observation,
  orders: ReadonlyMap<string, Pick<GivenOrder, 'podId'>>,
): readonly string[] {
  if (observation.kind === 'storeBack') return observation.lost === 'nothing' ? [] : [...orders.keys()];
  if (observation.kind !== 'event' || observation.event.kind !== 'reap') return [];
  const { pod } = observation.event;
  return [...orders].filter(([, { podId }]) => podId === pod).map(([id]) => id);
}

/** At rest each order that was given has ended, once, unless the store may have lost it or an operator removed the pod. */
export function ordersEnd(): Check {
  const given = new Map<string, Pick<GivenOrder, 'podId'>>();
  return {
    name: 'orders-end',
    observe(observation) {
      if (observation.kind === 'ordered') given.set(observation.order.id, observation);
      for (const id of lostBy(observation, given)) given.delete(id);
      if (observation.kind !== 'rest') return undefined;
      const { endedOrders } = observation;
      const twice = endedOrders.find((id, at) => endedOrders.indexOf(id) !== at);
      if (twice !== undefined) return `${twice} has ended twice`;
      const open = [...given.keys()].filter((id) => !endedOrders.includes(id));
      return open.length === 0 ? undefined : `${open.join(', ')} has not ended`;
    },
  };
}
