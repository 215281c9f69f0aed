import { BATCH_LIMIT, DeadlineQueue } from '@stateful-route/core/adapter';
import type { CallTiming } from './call-timing.ts';
import { connectionFaultsOf } from '../client/connection-faults.ts';
import { chunks } from './chunks.ts';
import { clientReady } from '../client/readiness.ts';
import { lookAround } from '../client/cluster-slots.ts';
import type { DamagedItem } from './damaged-items.ts';
import { ItemBatch } from './item-batch.ts';
import { type ItemCall, ManyItemsCall, OneItemCall } from './item-call.ts';
import { isCluster, type RedisClient } from '../client/redis-client.ts';
import type { ItemScript, ScriptValue } from '../scripts/script.ts';
import { piecesOf } from './pieces.ts';
import { sendAlone, sendBatch } from './send-batch.ts';
import { SharedDeadline } from './shared-deadline.ts';
import type { StoreCall } from './store-call.ts';
import { closedError } from './store-error.ts';
import { type StoreTime, storeTimeOf } from './server-clock.ts';
import { timeTold } from './time-told.ts';

/**
 * Lets calls of one tick share a command. What is about one user of one service is sent in the order of the calls.
 *
 * A call that finds nothing under way is sent at the end of the present tick, before any I/O; while something is, the calls
 * of a whole turn of the event loop are sent together.
 */
export class Coalescer {
  readonly #client: RedisClient;
  readonly #timing: CallTiming;
  readonly #time: StoreTime;
  /** A Cluster's calls are cut for each of its nodes, once it is known which those are. */
  readonly #isCluster: boolean;
  /** In the order in which they will be sent. */
  #open: ItemBatch[] = [];
  readonly #deadlines: DeadlineQueue;
  #deadline: SharedDeadline | undefined;
  #scheduled = false;
  #underWay = 0;
  #closed = false;

  constructor(client: RedisClient, timing: CallTiming) {
    this.#client = client;
    this.#timing = timing;
    this.#deadlines = new DeadlineQueue(timing.clock);
    this.#time = storeTimeOf(client);
    this.#isCluster = isCluster(client);
  }

  /** Refuses every later call, and sends the earlier ones. */
  close(): void {
    this.#closed = true;
    this.flush();
  }

  /** Runs a script for one item. */
  one<Key extends string, Arg extends string, Reply>(
    namespace: string,
    script: ItemScript<Key, Arg, Reply>,
    keys: Readonly<Record<Key, string>>,
    args: Readonly<Record<Arg, ScriptValue>>,
    call: StoreCall,
  ): Promise<Reply> {
    if (this.#closed) return Promise.reject(closedError());
    const one = new OneItemCall(script, keys, args, call, this.#deadlineOf(call));
    return this.#gather(namespace, one) as Promise<Reply>;
  }

  /** Runs a script for many items; the replies come in the items' order, with a `DamagedItem` where one cannot be read. */
  async many<Key extends string, Arg extends string, Reply>(
    namespace: string,
    script: ItemScript<Key, Arg, Reply>,
    items: readonly Readonly<Record<Key, string>>[],
    args: Readonly<Record<Arg, ScriptValue>>,
    call: StoreCall,
  ): Promise<(Reply | DamagedItem)[]> {
    if (this.#closed) throw closedError();
    const size = this.#isCluster ? items.length : BATCH_LIMIT;
    const replies = chunks(items, size).map((some) => {
      const many = new ManyItemsCall(script, some, args, call, this.#deadlineOf(call));
      return this.#gather(namespace, many) as Promise<(Reply | DamagedItem)[]>;
    });
    const [only = [], ...more] = await Promise.all(replies);
    return more.length === 0 ? only : [only, ...more].flat();
  }

  /** Sends what has been gathered: a call that follows by another way must not overtake it. */
  readonly flush = (): void => {
    const batches = this.#open;
    this.#open = [];
    this.#deadline = undefined;
    this.#scheduled = false;
    for (const batch of batches) this.#send(batch);
  };

  #deadlineOf({ options }: StoreCall): SharedDeadline {
    const timeoutMs = options?.timeoutMs ?? this.#timing.timeoutMs;
    if (this.#deadline?.timeoutMs === timeoutMs) return this.#deadline;
    const { clock } = this.#timing;
    const onExpired = (): void => lookAround(this.#client);
    const awaited = (): string | undefined => connectionFaultsOf(this.#client).awaited;
    return (this.#deadline = new SharedDeadline(timeoutMs, clock, this.#deadlines, onExpired, awaited));
  }

  #gather(namespace: string, call: ItemCall): Promise<unknown> {
    const batch = this.#batchFor(namespace, call);
    if (batch) batch.add(call);
    else this.#open.push(new ItemBatch(namespace, call));
    if (!this.#scheduled) {
      this.#scheduled = true;
      if (this.#underWay === 0) process.nextTick(this.flush);
      else setImmediate(this.flush);
    }
    return call.reply;
  }

  /** The last batch that a call may join without overtaking another one about the same uid. */
  #batchFor(namespace: string, call: ItemCall): ItemBatch | undefined {
    for (let at = this.#open.length - 1; at >= 0; at--) {
      const batch = this.#open[at]!;
      if (batch.admits(namespace, call)) return batch;
      if (batch.touches(call)) return undefined;
    }
    return undefined;
  }

  #send(batch: ItemBatch, askedTime = false): void {
    const connected = clientReady(this.#client);
    const ready = connected ?? (askedTime ? undefined : this.#timeTold(batch));
    if (ready) {
      ready.then(
        () => this.#send(batch, !connected),
        (error: unknown) => batch.fail(error),
      );
      return;
    }
    const alone = sendAlone(this.#client, batch.calls);
    if (alone) {
      this.#underWay += 1;
      void alone.then(() => {
        this.#underWay -= 1;
      });
      return;
    }
    const pieces = this.#isCluster ? [batch.calls] : piecesOf(batch.calls);
    for (const calls of pieces) this.#sendPiece(batch.namespace, calls);
  }

  /** A Cluster's servers have a time each, of which that is said in `send-to-nodes.ts`. */
  #timeTold({ calls: [first] }: ItemBatch): Promise<void> | undefined {
    if (this.#isCluster || !first) return undefined;
    return timeTold(this.#client, this.#time, first.keyOf(0), first.script.writes);
  }

  #sendPiece(namespace: string, calls: readonly ItemCall[]): void {
    this.#underWay += 1;
    void sendBatch(this.#client, this.#time, calls).then((refused) => {
      this.#underWay -= 1;
      // They did nothing, and the server has told its time now.
      for (const call of refused) void this.#gather(namespace, call);
    });
  }
}
