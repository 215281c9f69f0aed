import type { ServiceStateRead, StatefulServiceState } from '../../domain/stateful-service-state.ts';
import { ageMsOf, isAlive, isRoutable } from '../liveness.ts';
import { capacityOf, sum } from './fleet-shares.ts';

/** What is known of a service that is to shrink. */
export interface ScaleInOptions {
  /** How many users each leaving pod hands over in a second. */
  readonly ratePerSecond: number;
  /** A pod with this load or more is overloaded; `undefined` for no limit. */
  readonly overloadedAt?: number | undefined;
}

/** What becomes of a service that shrinks by some pods. */
export interface ScaleInPlan {
  /** The pods that go, by ordinal: a StatefulSet removes the highest first. */
  readonly leaving: readonly { readonly podId: number; readonly users: number }[];
  /** Where about their users go: those that stay are filled up to an equal load. */
  readonly moves: readonly { readonly podId: number; readonly to: number; readonly users: number }[];
  /** How many replicas the StatefulSet has afterwards. */
  readonly replicas: number;
  /** How many users move. */
  readonly users: number;
  /** How long that takes at least if the pods drain one after the other. */
  readonly seconds: number;
  /** Why the pods that stay cannot carry the users; `undefined` if they can. */
  readonly refusal?: string | undefined;
}

/** A pod that stays, and what it gets. */
interface Receiver {
  readonly podId: number;
  readonly capacity: number;
  readonly work: number;
  readonly room: number;
  users: number;
}

/**
 * Plans to shrink a service by `count` pods: which go, where their users move, and whether the others can carry them. Pure; it
 * changes nothing. The replicas are taken to be numbered from 0 to the highest ordinal that is alive.
 */
export function scaleInPlan(
  read: ServiceStateRead,
  count: number,
  { ratePerSecond, overloadedAt }: ScaleInOptions,
): ScaleInPlan {
  const alive = [...read.pods.values()].filter((pod) => isAlive(pod, ageMsOf(pod, read.storeTime)));
  const highest = Math.max(-1, ...alive.map(({ podId }) => podId));
  const replicas = Math.max(0, highest + 1 - count);
  const leavers = alive.filter(({ podId }) => podId >= replicas);
  const leaving = leavers.map(({ podId, users = 0 }) => ({ podId, users }));
  const users = sum(leaving.map((pod) => pod.users));
  const workPerUser = users > 0 ? sum(leavers.map(workOf)) / users : 0;
  const stayers = alive.filter(
    (pod) => pod.podId < replicas && isRoutable(pod, ageMsOf(pod, read.storeTime)),
  );
  const receivers = stayers.map(receiverOf);
  fill(receivers, users, workPerUser);
  return {
    leaving,
    moves: movesOf(leaving, receivers),
    replicas,
    users,
    seconds: users / ratePerSecond,
    refusal: refusalOf(receivers, users, workPerUser, overloadedAt),
  };
}

function workOf(pod: StatefulServiceState): number {
  return pod.loadState * capacityOf(pod);
}

function receiverOf(pod: StatefulServiceState): Receiver {
  const room = Math.max(0, (pod.maxUsers ?? Number.POSITIVE_INFINITY) - (pod.users ?? 0));
  return { podId: pod.podId, capacity: capacityOf(pod), work: workOf(pod), room, users: 0 };
}

function loadOf({ work, users, capacity }: Receiver, workPerUser: number): number {
  return (work + users * workPerUser) / capacity;
}

/** How often the interval of loads is halved. */
const HALVINGS = 50;

/** Spreads users over pods so that those which get any end at the same load, as far as they have places. */
function fill(receivers: readonly Receiver[], users: number, workPerUser: number): void {
  const upTo = ({ capacity, work, room }: Receiver, load: number): number =>
    Math.min(room, workPerUser > 0 ? Math.floor(Math.max(0, load * capacity - work) / workPerUser) : 0);
  const highest = Math.max(0, ...receivers.map((receiver) => loadOf(receiver, workPerUser)));
  const least = Math.min(...receivers.map(({ capacity }) => capacity));
  let [low, high] = [0, highest + (users * workPerUser) / least];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const load = (low + high) / 2;
    if (sum(receivers.map((receiver) => upTo(receiver, load))) <= users) low = load;
    else high = load;
  }
  for (const receiver of receivers) receiver.users = upTo(receiver, low);
  let left = users - sum(receivers.map((receiver) => receiver.users));
  const lightest = receivers.toSorted((a, b) => loadOf(a, workPerUser) - loadOf(b, workPerUser));
  while (left > 0) {
    const open = lightest.filter((receiver) => receiver.users < receiver.room);
    if (open.length === 0) return;
    const each = Math.max(1, Math.floor(left / open.length));
    for (const receiver of open) {
      const more = Math.min(each, left, receiver.room - receiver.users);
      receiver.users += more;
      left -= more;
    }
  }
}

function movesOf(leaving: ScaleInPlan['leaving'], receivers: readonly Receiver[]): ScaleInPlan['moves'] {
  const open = receivers.map(({ podId, users }) => ({ podId, users })).filter(({ users }) => users > 0);
  const moves: { podId: number; to: number; users: number }[] = [];
  for (const { podId, users } of leaving) {
    let left = users;
    while (left > 0 && open.length > 0) {
      const to = open[0]!;
      const moved = Math.min(left, to.users);
      moves.push({ podId, to: to.podId, users: moved });
      left -= moved;
      to.users -= moved;
      if (to.users === 0) open.shift();
    }
  }
  return moves;
}

function refusalOf(
  receivers: readonly Receiver[],
  users: number,
  workPerUser: number,
  overloadedAt = Number.POSITIVE_INFINITY,
): string | undefined {
  if (receivers.length === 0) return 'No pod that takes new users would be left.';
  const places = sum(receivers.map(({ room }) => room));
  const [pods, have] = receivers.length === 1 ? ['pod', 'has'] : ['pods', 'have'];
  if (places < users) {
    return `The ${receivers.length} ${pods} left ${have} places for ${places} more users, and ${users} would come.`;
  }
  const overloaded = receivers.filter((each) => each.users > 0 && loadOf(each, workPerUser) >= overloadedAt);
  if (overloaded.length === 0) return undefined;
  const { podId } = overloaded[0]!;
  const load = loadOf(overloaded[0]!, workPerUser).toPrecision(3);
  return `Pod ${podId} would have a load of ${load}, and is overloaded at ${overloadedAt}.`;
}
