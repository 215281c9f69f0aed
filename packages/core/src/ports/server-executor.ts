import type {
  ByOptions,
  CallOptions,
  ReadJournalOptions,
  SetPodIntentOptions,
  TakeOrderOptions,
} from '../domain/call-options.ts';
import type { JournalPage, ReportedEvent } from '../domain/journal.ts';
import type { OrderReport, PodOrder } from '../domain/pod-order.ts';
import type { PodIntent, StoredIntent } from '../domain/stateful-service-state.ts';

/**
 * Tags, the list of services, callers, operators' intents and orders, and the services' journals. Concurrency, bad arguments, failures and
 * deadlines are as in `StatefulExecutor`. Every method but `writeJournal` is safe to repeat; a repeated `setGlobalServiceNameTag`,
 * `removeServiceNameTag` or `orderDone` returns that nothing changed.
 */
export interface ServerExecutor {
  /** The service that a tag names; `undefined` for an unknown tag. */
  getServiceNameByTag(namespace: string, tag: string, options?: CallOptions): Promise<string | undefined>;

  /** Makes a tag name a service, whatever it named before; returns whether that changed something. */
  setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean>;

  /** Removes a tag; returns whether it was known. */
  removeServiceNameTag(namespace: string, tag: string, options?: CallOptions): Promise<boolean>;

  /** Adds a service to the namespace's list; a pod does so once, when it starts. */
  registerService(namespace: string, serviceName: string, options?: CallOptions): Promise<void>;

  /** Every service that ever had a pod of this library, in alphabetical order. */
  listServices(namespace: string, options?: CallOptions): Promise<string[]>;

  /**
   * Sets an operator's intent for a pod, in place of the one before and its rate. It is pushed, and is in the reply to each of the
   * pod's heartbeats. A rate is kept with `drain` only. A change is in the journal.
   */
  setPodIntent(
    namespace: string,
    serviceName: string,
    podId: number,
    intent: PodIntent,
    options?: SetPodIntentOptions,
  ): Promise<void>;

  /**
   * Stops the evening out of a service's fleet, or lets it go on; returns whether that changed something. A change is in the
   * journal. Each reading of the service has it: `ServiceStateRead.frozen`. Pods and their intents stay as they are.
   */
  setFrozen(namespace: string, serviceName: string, frozen: boolean, options?: ByOptions): Promise<boolean>;

  /**
   * Counts a user among the quarantined ones of a service for `ttlMs`; the journal has it. Returns false, and changes nothing, if
   * `QUARANTINED_MAX` others are. A user who is counted already stays as he is.
   */
  quarantineUser(
    namespace: string,
    serviceName: string,
    uid: string,
    ttlMs: number,
    options?: CallOptions,
  ): Promise<boolean>;

  /** Counts a user no more among the quarantined ones; returns whether he was. Then the journal has it. */
  unquarantineUser(
    namespace: string,
    serviceName: string,
    uid: string,
    options?: ByOptions,
  ): Promise<boolean>;

  /**
   * Counts a caller among those that place users of a service, for `ttlMs` by the store's clock from now on. Returns how many are
   * counted, itself among them. One that announces itself again is counted once.
   */
  announceCaller(
    namespace: string,
    serviceName: string,
    callerId: string,
    ttlMs: number,
    options?: CallOptions,
  ): Promise<number>;

  /**
   * Gives a pod an order, whether or not there is such a pod. It is pushed on the pod's channel, and is in the replies to its
   * heartbeats until it has ended; the journal has it, and later its end. An order with the id of one that is kept changes nothing.
   *
   * Before that it ends waiting orders that are past their `until`, as `expired`. Returns false if `ORDERS_LIMIT` others are kept;
   * then nothing was given. Safe to repeat.
   *
   * @example
   * const { storeTime } = await stateful.getServiceState('game', 'room');
   * const order = { id: randomUUID(), kind: 'move', uid: 'ada', to: 2, until: storeTime + 60_000, by: 'carol' } as const;
   * await server.giveOrder('game', 'room', 0, order);
   */
  giveOrder(
    namespace: string,
    serviceName: string,
    podId: number,
    order: PodOrder,
    options?: CallOptions,
  ): Promise<boolean>;

  /**
   * Marks an order as begun by a process of the pod, which then does it and calls {@link orderDone}. Returns false if the order
   * must not be done: it is unknown, has ended, is past its `until` (it ends as `expired`), or a process that started later has
   * taken it. If an earlier process has taken it, it ends as `interrupted`.
   *
   * Safe to repeat by the same process: true until the order has ended.
   */
  takeOrder(
    namespace: string,
    serviceName: string,
    podId: number,
    orderId: string,
    options: TakeOrderOptions,
  ): Promise<boolean>;

  /**
   * Ends an order, and writes what became of it to the journal. Returns whether it was there and had not ended. Its id is kept
   * until the order's `until`, so that nobody does it again. Safe to repeat.
   */
  orderDone(
    namespace: string,
    serviceName: string,
    podId: number,
    orderId: string,
    report: OrderReport,
    options?: CallOptions,
  ): Promise<boolean>;

  /**
   * Reads a service's journal: without `after` the newest entries, with it those that came later, from the oldest on. In either case
   * the oldest of the page comes first. To follow the journal, pass each page's `after` to the next call.
   *
   * The journal has about `JOURNAL_LIMIT` entries: older ones are dropped, also when `after` names them. Entries of a type that
   * this release does not know are left out. Pages are read in steps of 1,000 entries and are not atomic.
   */
  readJournal(namespace: string, serviceName: string, options?: ReadJournalOptions): Promise<JournalPage>;

  /**
   * Adds an entry about something that its writer did in many steps, or to a user by name.
   *
   * **Not safe to repeat**: after a `TIMEOUT` its effect is unknown.
   */
  writeJournal(
    namespace: string,
    serviceName: string,
    event: ReportedEvent,
    options?: CallOptions,
  ): Promise<void>;

  /** The operators' intents for the pods of a service, by ordinal. A pod for which none was ever set is absent. */
  getPodIntents(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, StoredIntent>>;
}
