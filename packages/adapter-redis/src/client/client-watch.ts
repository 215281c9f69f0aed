import type { LimitedLogger } from '@stateful-route/core/adapter';
import { addressOf, type ConnectionFaults } from './connection-faults.ts';
import { isCluster, type RedisClient, type RedisConnection } from './redis-client.ts';
import { ServerCheck } from './server-check.ts';

const FAILED = 'The connection to Redis failed';

/** The checks of a client's servers, and the loggers that get their results. */
export class ClientWatch {
  /** The check of a plain client's server; a Cluster has one for each node. */
  readonly serverCheck: ServerCheck | undefined;
  readonly #client: RedisClient;
  readonly #faults: ConnectionFaults;
  readonly #loggers = new Set<LimitedLogger>();
  readonly #checks = new Map<RedisConnection, ServerCheck>();

  constructor(client: RedisClient, faults: ConnectionFaults) {
    this.#client = client;
    this.#faults = faults;
    if (!isCluster(client)) {
      this.serverCheck = this.#check(client, false);
      return;
    }
    const checkNode = (node: RedisConnection): void => {
      const check = this.#check(node, true);
      if (node.status === 'ready') void check.passed();
    };
    for (const node of client.nodes()) checkNode(node);
    client.on('+node', checkNode);
    client.on('-node', (node: RedisConnection) => this.#checks.delete(node));
  }

  /**
   * Tells a logger why the client has no connection, and which settings of its servers cost a guarantee. The returned function
   * ends that.
   */
  report(logger: LimitedLogger): () => void {
    this.#loggers.add(logger);
    for (const check of this.#checks.values()) check.repeat(logger);
    if (this.#client.status === 'ready') void this.serverCheck?.passed()?.catch(() => {});
    const fields = { server: addressOf(this.#client) };
    const stop = this.#faults.listen((fault) => {
      if (fault) logger.warn({ ...fields, err: fault }, FAILED);
      else logger.over(fields, FAILED, 'The connection to Redis is back');
    });
    return () => {
      this.#loggers.delete(logger);
      stop();
    };
  }

  #check(connection: RedisConnection, isNode: boolean): ServerCheck {
    const check = new ServerCheck(connection, this.#loggers, isNode);
    this.#checks.set(connection, check);
    return check;
  }
}
