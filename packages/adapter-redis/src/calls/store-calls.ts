import type { Clock } from '@stateful-route/core';
import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { NoConnection, StaleEpoch } from '../client/client-errors.ts';
import { masterOf } from '../client/cluster-slots.ts';
import type { Connection } from '../client/connection.ts';
import type { RedisClient } from '../client/redis-client.ts';
import { defineScripts } from '../scripts/all-scripts.ts';
import type { Script, ScriptValue } from '../scripts/script.ts';
import type { DamagedItem } from './batch-replies.ts';
import { Call, type Deadline, Deadlines, type Decode, ScriptCall } from './call.ts';
import { chunks } from './chunks.ts';
import { closedError } from './errors.ts';
import type { Operation } from './operation.ts';
import { sendToNodes } from './send-to-nodes.ts';
import { sendToServer, THE_SERVER, timeKnown } from './send-to-server.ts';
import { type ServerClocks, serverClocksOf } from './server-clock.ts';

/**
 * Makes calls to the store, each within its deadline. Calls about items may share a command. Calls about one user of one
 * service are sent in the order in which they were made.
 *
 * Calls are gathered until they are as many as `Pacing` says, and sent then. What is gathered otherwise is sent at the end
 * of the tick where none is in flight, before any I/O, else at the end of the turn of the event loop.
 */
export class StoreCalls {
  readonly #connection: Connection;
  readonly #clocks: ServerClocks;
  readonly #deadlines: Deadlines;
  /** In the order in which they will be sent. */
  #open: CallBatch[] = [];
  readonly #observers = new Set<(items: number) => void>();
  #sharedDeadline: Deadline | undefined;
  #gathered = 0;
  #scheduled = false;
  #closed = false;

  /** @param timeoutMs - of a call that names none. */
  constructor(connection: Connection, clock: Clock, timeoutMs: number) {
    defineScripts(connection.client);
    this.#connection = connection;
    this.#clocks = serverClocksOf(connection.client);
    this.#deadlines = new Deadlines(connection, clock, timeoutMs);
  }

  /** The epoch in which a command would be sent now. */
  get epoch(): number {
    return this.#connection.epoch;
  }

  /** Calls an observer with the number of items of each command from now on; on a Cluster, of all commands sent at once. */
  observe(observer: (items: number) => void): void {
    this.#observers.add(observer);
  }

  /** Refuses every later call, and sends the earlier ones. */
  close(): void {
    this.#closed = true;
    this.flush();
  }

  /** Runs a script in a command of its own, at once. */
  run<Key extends string, Arg extends string, Reply, Result = Reply>(
    script: Script<Key, Arg, Reply>,
    keys: Readonly<Record<Key, string>>,
    args: Readonly<Record<Arg, ScriptValue>>,
    operation: Operation,
    decode?: Decode<Result>,
  ): Promise<Result> {
    if (this.#closed) return Promise.reject(closedError());
    const call = new ScriptCall(script, keys, args, operation, this.#deadlines.of(operation), decode);
    this.#send(new CallBatch(undefined, call));
    return call.reply as Promise<Result>;
  }

  /** Runs a script for one item. */
  one<Key extends string, Arg extends string, Reply>(
    namespace: string,
    script: Script<Key, Arg, Reply>,
    keys: Readonly<Record<Key, string>>,
    args: Readonly<Record<Arg, ScriptValue>>,
    operation: Operation,
  ): Promise<Reply> {
    if (this.#closed) return Promise.reject(closedError());
    const call = new ScriptCall(script, keys, args, operation, this.#deadlineOf(operation));
    return this.#gather(namespace, call) as Promise<Reply>;
  }

  /** Runs a script for many items. The replies have the items' order, with a `DamagedItem` for one that cannot be read. */
  async many<Key extends string, Arg extends string, Reply>(
    namespace: string,
    script: Script<Key, Arg, Reply>,
    items: readonly Readonly<Record<Key, string>>[],
    args: Readonly<Record<Arg, ScriptValue>>,
    operation: Operation,
  ): Promise<(Reply | DamagedItem)[]> {
    if (this.#closed) throw closedError();
    // On a Cluster the items are cut for each node, once the nodes are known.
    const size = this.#connection.cluster ? items.length : BATCH_LIMIT;
    const replies = chunks(items, size).map((some) => {
      const call = new ScriptCall(script, some, args, operation, this.#deadlineOf(operation));
      return this.#gather(namespace, call) as Promise<(Reply | DamagedItem)[]>;
    });
    const [only = [], ...more] = await Promise.all(replies);
    return more.length === 0 ? only : [only, ...more].flat();
  }

  /** Sends a plain command about a key, behind the calls that were made before. */
  command<T>(operation: Operation, key: string, send: (client: RedisClient) => Promise<T>): Promise<T> {
    this.flush();
    return this.within(operation, async (call) => {
      for (let wait = this.#sendable(key); wait; wait = this.#sendable(key)) await wait;
      if (call.over) throw new NoConnection('the call ended before it was sent', true);
      call.sent = true;
      return await send(this.#connection.client);
    });
  }

  /** Does work that runs no script, within a call's deadline. The work must check `call.over` before it sends anything. */
  within<T>(operation: Operation, work: (call: Call) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const call = new Call(operation, this.#deadlines.of(operation));
    work(call).then(
      (reply) => call.succeed(reply),
      (error: unknown) => call.fail(error),
    );
    return call.reply as Promise<T>;
  }

  /** Sends what has been gathered: a call that is sent by other means must not overtake it. */
  readonly flush = (): void => {
    const batches = this.#open;
    this.#open = [];
    this.#sharedDeadline = undefined;
    this.#gathered = 0;
    for (const batch of batches) this.#send(batch);
  };

  readonly #endTurn = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  #deadlineOf(operation: Operation): Deadline {
    return (this.#sharedDeadline = this.#deadlines.of(operation, this.#sharedDeadline));
  }

  #gather(namespace: string, call: ScriptCall): Promise<unknown> {
    const batch = this.#batchFor(namespace, call);
    if (batch) batch.add(call);
    else this.#open.push(new CallBatch(namespace, call));
    this.#gathered += call.items.length;
    if (this.#gathered >= this.#deadlines.pacing.groupSize) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      if (this.#deadlines.pacing.idle) process.nextTick(this.#endTurn);
      else setImmediate(this.#endTurn);
    }
    return call.reply;
  }

  /** The last batch that a call may join without overtaking another one about the same user. */
  #batchFor(namespace: string, call: ScriptCall): CallBatch | undefined {
    for (let at = this.#open.length - 1; at >= 0; at--) {
      const batch = this.#open[at]!;
      if (batch.admits(namespace, call)) return batch;
      if (batch.touches(call)) return undefined;
    }
    return undefined;
  }

  #send(batch: CallBatch, hasReadTime = false): void {
    const connecting = this.#connection.ready();
    const wait = connecting ?? (hasReadTime ? undefined : this.#timeKnown(batch));
    if (wait) {
      wait.then(
        () => this.#send(batch, !connecting),
        (error: unknown) => batch.fail(error),
      );
      return;
    }
    const calls = batch.calls.filter((call) => this.#maySend(call));
    if (calls.length === 0) return;
    const sending = { connection: this.#connection, clocks: this.#clocks, refused: [] as ScriptCall[] };
    const { cluster } = this.#connection;
    this.#countSent(calls);
    const sent = cluster ? sendToNodes(sending, cluster, calls) : sendToServer(sending, calls);
    void sent.then(() => {
      for (const call of sending.refused) this.#sendAgain(batch, call);
    });
  }

  #countSent(calls: readonly ScriptCall[]): void {
    let items = 0;
    let sent = 0;
    for (const call of calls) {
      sent += call.items.length;
      // One that is sent again is still counted.
      items += call.items.length - call.inFlight;
      call.inFlight = call.items.length;
    }
    this.#deadlines.pacing.sent(items);
    for (const observer of this.#observers) observer(sent);
  }

  /** Sends a call again that a server refused as too late. The server's time is known now, from its reply. */
  #sendAgain({ namespace }: CallBatch, call: ScriptCall): void {
    if (namespace === undefined) this.#send(new CallBatch(undefined, call));
    else void this.#gather(namespace, call);
  }

  /** The nodes of a Cluster have a clock each: their time is read where the calls are sent to them. */
  #timeKnown({ calls: [first] }: CallBatch): Promise<void> | undefined {
    if (this.#connection.cluster || !first) return undefined;
    const sending = { connection: this.#connection, clocks: this.#clocks };
    return timeKnown(sending, THE_SERVER, first.firstKey(0), first.script.writes);
  }

  /** Whether a call still has a caller and time, and rests on nothing earlier. Else it fails. */
  #maySend(call: ScriptCall): boolean {
    const { epoch } = this.#connection;
    const restsOn = call.operation.options?.epoch;
    if (restsOn !== undefined && restsOn !== epoch) call.fail(new StaleEpoch(epoch));
    // The process may have been paused since the call was made.
    if (!call.over && call.deadline.leftMs() <= 0) call.expire();
    return !call.over;
  }

  /** Resolves when a plain command about a key can be sent, `undefined` when it can now. */
  #sendable(key: string): Promise<void> | undefined {
    const connecting = this.#connection.ready();
    if (connecting) return connecting;
    const { cluster } = this.#connection;
    if (!cluster) return this.#clocks.pending(THE_SERVER);
    const address = masterOf(cluster, key);
    return this.#connection.nodeReady(cluster, address) ?? this.#clocks.pending(address);
  }
}

/** Calls of one script that are sent together. */
class CallBatch {
  readonly calls: ScriptCall[];
  /** `undefined`: others may not join. */
  readonly namespace: string | undefined;
  /** The first key of each item; made at the first use. */
  #keys: Set<string> | undefined;

  constructor(namespace: string | undefined, first: ScriptCall) {
    this.calls = [first];
    this.namespace = namespace;
  }

  /**
   * Whether a call may join. One about another namespace may not: a user of the server who has rights in only one of
   * them would have the whole command refused.
   */
  admits(namespace: string, { script }: ScriptCall): boolean {
    return this.calls[0]!.script === script && this.namespace === namespace;
  }

  add(call: ScriptCall): void {
    this.calls.push(call);
    if (this.#keys) for (const key of firstKeys(call)) this.#keys.add(key);
  }

  /** Fails all calls. Nothing of them was sent. */
  fail(error: unknown): void {
    for (const call of this.calls) call.fail(error);
  }

  /** Whether it is about one of a call's keys: then the call must not be sent before it. */
  touches(call: ScriptCall): boolean {
    const keys = (this.#keys ??= new Set(this.calls.flatMap(firstKeys)));
    return firstKeys(call).some((key) => keys.has(key));
  }
}

function firstKeys(call: ScriptCall): string[] {
  return call.items.map((_, nth) => call.firstKey(nth));
}
