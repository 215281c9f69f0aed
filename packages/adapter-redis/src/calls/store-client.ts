import { isRouteError } from '@stateful-route/core';
import type { CallTiming } from './call-timing.ts';
import { connectionFaultsOf } from '../client/connection-faults.ts';
import { keyReady } from '../client/readiness.ts';
import { lookAround, serverOf } from '../client/cluster-slots.ts';
import { type ConnectionEpoch, connectionEpochOf } from '../client/connection-epoch.ts';
import { hearAskings } from '../client/asking-rejections.ts';
import { isCluster, type RedisClient } from '../client/redis-client.ts';
import { letRepliesCount } from '../client/patient-socket.ts';
import { reviveAfterFailover } from '../client/sentinel-reconnect.ts';
import { type AnyScript, invocation, type Script, type ScriptValue } from '../scripts/script.ts';
import { flag, integer, list } from '../stored/replies.ts';
import { callScript, defineScripts } from './scripted-client.ts';
import type { Progress, StoreCall } from './store-call.ts';
import { closedError, NoConnection, PastDeadline } from './store-error.ts';
import { type StoreTime, storeTimeOf, WRITE_ATTEMPTS } from './server-clock.ts';
import { timeTold } from './time-told.ts';
import { withinDeadline } from './within-deadline.ts';

/** What a call does with the client once that can send. */
type Use<T> = (client: RedisClient, progress: Progress) => Promise<T>;

/** What a script replied, and the epoch in which it was sent. */
interface Called {
  readonly reply: unknown;
  readonly epoch: number;
}

/** Sends commands and scripts, each within its deadline and as one round trip, and nothing once it is closed. */
export class StoreClient {
  readonly #client: RedisClient;
  readonly #timing: CallTiming;
  readonly #time: StoreTime;
  readonly #epoch: ConnectionEpoch;
  #closed = false;

  constructor(client: RedisClient, timing: CallTiming) {
    defineScripts(client);
    if (isCluster(client)) hearAskings(client);
    else reviveAfterFailover(client);
    letRepliesCount(client);
    this.#time = storeTimeOf(client);
    this.#epoch = connectionEpochOf(client);
    this.#client = client;
    this.#timing = timing;
  }

  /** Refuses every later call. */
  close(): void {
    this.#closed = true;
  }

  /** Runs a script; one that writes does nothing past the call's deadline. */
  run<Key extends string, Arg extends string, Reply>(
    script: Script<Key, Arg, Reply>,
    keys: Readonly<Record<Key, string>>,
    args: Readonly<Record<Arg, ScriptValue>>,
    call: StoreCall,
  ): Promise<Reply> {
    return this.read(script, keys, args, call, (reply) => reply);
  }

  /**
   * As {@link run}, then maps the reply with `read`, which is told the epoch in which it was asked for. If `read` throws, the
   * call fails as for any unreadable reply.
   */
  read<Key extends string, Arg extends string, Reply, Result>(
    script: Script<Key, Arg, Reply>,
    keys: Readonly<Record<Key, string>>,
    args: Readonly<Record<Arg, ScriptValue>>,
    call: StoreCall,
    read: (reply: Reply, epoch: number) => Result,
  ): Promise<Result> {
    const words = invocation(script, keys, args);
    return this.send(call, keys[script.keys[0]!], async (client, progress) => {
      const { reply, epoch } = await (script.writes
        ? this.#write(client, script, words, progress)
        : this.#call(client, script, words));
      if (script.tellsTime) this.#time.learn(serverOf(client, words[1]!), integer(list(reply)[0]));
      return read(script.decode(reply), epoch);
    });
  }

  /** The epoch in which a command would be sent now. */
  get epoch(): number {
    return this.#epoch.current;
  }

  /**
   * Calls `use` with the client once it can send what is about this key. A call never waits in the client's own queue,
   * where it would still be sent after its deadline.
   */
  send<T>(call: StoreCall, key: string, use: Use<T>): Promise<T> {
    return this.#send(
      call,
      (client) => keyReady(client, key) ?? timeTold(client, this.#time, key, false),
      use,
    );
  }

  /**
   * Sends a script that writes, with its deadline by the server's own clock. Where that is not known yet, or has gone
   * another way than this process's, the script does nothing and tells the time: it is sent again.
   */
  async #write(
    client: RedisClient,
    script: AnyScript,
    words: readonly string[],
    progress: Progress,
  ): Promise<Called> {
    // Asked anew after each reply: on a Cluster the call may have been led on to the key's new server.
    const server = (): string => serverOf(client, words[1]!);
    for (let attempt = 0; attempt < WRITE_ATTEMPTS && !progress.over && progress.leftMs() > 0; attempt++) {
      const now = this.#time.now(server());
      const deadline = now === undefined ? 0 : Math.floor(now + progress.leftMs());
      const called = await this.#call(client, script, [...words, String(deadline)]);
      const [storeTime, done, reply] = list(called.reply);
      this.#time.learn(server(), integer(storeTime));
      if (flag(done)) return { ...called, reply };
    }
    throw new PastDeadline();
  }

  /** The epoch is read after the command was handed to its connection, which may be one that was not counted yet. */
  async #call(client: RedisClient, script: AnyScript, words: readonly string[]): Promise<Called> {
    const replied = callScript(client, script, words);
    const epoch = this.#epoch.current;
    return { reply: await replied, epoch };
  }

  #send<T>(
    call: StoreCall,
    whenReady: (client: RedisClient) => Promise<void> | undefined,
    use: Use<T>,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const attempt = async (progress: Progress): Promise<T> => {
      for (let ready = whenReady(this.#client); ready; ready = whenReady(this.#client)) {
        await ready;
        if (progress.over) throw new NoConnection('the call was given up before it was sent', true);
      }
      progress.sent = true;
      return await use(this.#client, progress);
    };
    const client = this.#client;
    const outcome = withinDeadline(call, this.#timing, attempt, () => connectionFaultsOf(client).awaited);
    return outcome.catch((error: unknown) => {
      if (isRouteError(error, 'TIMEOUT')) lookAround(client);
      throw error;
    });
  }
}
