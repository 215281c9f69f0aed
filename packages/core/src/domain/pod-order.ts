/** Something that a pod is asked to do once: to move one user, or to hand some of its users over. */
export type PodOrder = MoveOrder | ShedOrder;

/** What every order has. */
export interface OrderTerms {
  /** Names the order: an order with the same id is done once. */
  readonly id: string;
  /** The pod that the users move to. Absent: the best one for each. */
  readonly to?: number | undefined;
  /** The store's time in ms after which the pod must not begin the order. */
  readonly until: number;
  /** The person or program that gave the order. */
  readonly by: string;
}

/** Move one user. */
export interface MoveOrder extends OrderTerms {
  readonly kind: 'move';
  readonly uid: string;
}

/** Hand over so many users, or as many as make so much of the load. The pod chooses whom. */
export interface ShedOrder extends OrderTerms {
  readonly kind: 'shed';
  /** How many users. */
  readonly users?: number | undefined;
  /** How much load, in the unit of `loadState`. With both, the pod ends at whichever it reaches first. */
  readonly load?: number | undefined;
}

/** Every kind of order. */
export const ORDER_KINDS: readonly PodOrder['kind'][] = ['move', 'shed'];

/** What became of an order. */
export type OrderOutcome =
  /** Each user was moved, to `to` if the order has one. */
  | 'done'
  /** The pod does not hold the user, who may have moved elsewhere meanwhile, or holds nobody to shed. */
  | 'not-held'
  /** Some or all users are still there: a save failed, no pod could be found, or the time was over. */
  | 'left'
  /** The pod cannot do it: no `onHandOff` listener saves its users, or `to` is the pod itself, is full, or takes no new users. */
  | 'refused'
  /** `until` was over before the pod began. */
  | 'expired'
  /** The process that had begun the order ended before it was done. What it did is unknown. */
  | 'interrupted';

/** Every outcome of an order. */
export const ORDER_OUTCOMES: readonly OrderOutcome[] = [
  'done',
  'not-held',
  'left',
  'refused',
  'expired',
  'interrupted',
];

/** What a pod reports of an order that it has ended. */
export interface OrderReport {
  readonly outcome: OrderOutcome;
  /** How many users were moved. */
  readonly moved: number;
  /** How many users were to be moved and are still there. */
  readonly left?: number | undefined;
  /** How many users were moved although they were not saved. */
  readonly unsaved?: number | undefined;
}
