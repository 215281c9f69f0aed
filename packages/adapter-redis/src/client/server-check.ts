import { invalidConfig, type LimitedLogger } from '@stateful-route/core/adapter';
import type { RedisConnection } from './redis-client.ts';
import { isTransient, NoConnection, withoutSecrets } from './client-errors.ts';
import { addressOf } from './connection-faults.ts';
import { leavesReplicas } from './leaves-replicas.ts';
import { serverRisks, missingFacts, wrongClient } from './server-faults.ts';
import { type ServerFacts, serverFacts } from './server-facts.ts';

const UNUSABLE = 'The Redis server cannot be used';

type LogLine = (logger: LimitedLogger) => void;

/**
 * Checks the server of each new connection by one `INFO`. If a plain client cannot work with the server, every call is refused
 * with the reason. Settings that cost a guarantee are logged.
 */
export class ServerCheck {
  readonly #client: RedisConnection;
  readonly #loggers: ReadonlySet<LimitedLogger>;
  readonly #isNode: boolean;
  /** The socket of the connection whose server has passed. */
  passedOn: unknown;
  /** The socket of the last check. */
  #checked: unknown;
  #pending: Promise<void> | undefined;
  #refuse: (() => Error) | undefined;
  /** The log lines about the present connection. */
  #lines: LogLine[] = [];

  constructor(client: RedisConnection, loggers: ReadonlySet<LimitedLogger>, isNode: boolean) {
    this.#client = client;
    this.#loggers = loggers;
    this.#isNode = isNode;
    client.on('ready', () => void this.passed()?.catch(() => {}));
    client.on('select', (db: number) => this.#onSelect(db));
  }

  /**
   * Resolves when the server of the present connection has passed the check; `undefined` if it has already. Rejects if the
   * client cannot work with it. Rejects too if the server fails to reply; the next call checks again.
   */
  passed(): Promise<void> | undefined {
    if (this.#checked !== this.#client.stream) this.#check();
    if (this.#pending) return this.#pending;
    return this.#refuse && Promise.reject(this.#refuse());
  }

  /** Repeats the log lines to a logger that was added later. */
  repeat(logger: LimitedLogger): void {
    for (const log of this.#lines) log(logger);
  }

  #check(): void {
    const { stream } = this.#client;
    this.#checked = stream;
    this.passedOn = undefined;
    this.#refuse = undefined;
    this.#lines = [];
    const check: Promise<void> = this.#client.info().then(
      (info) => {
        if (!this.#ended(check)) return;
        this.#learn(serverFacts(String(info)));
        if (!this.#refuse) this.passedOn = stream;
      },
      (error: Error) => {
        if (!this.#ended(check)) return;
        const passes = isTransient(error);
        if (passes && !this.#isNode) {
          this.#checked = undefined;
          throw withoutSecrets(error);
        }
        // A check that failed with its connection is repeated on the next one.
        if (passes || error.name === 'ReplyError') this.#warnUnchecked(withoutSecrets(error));
      },
    );
    this.#pending = check;
  }

  /** Ends the check if it is that of the present connection. */
  #ended(check: Promise<void>): boolean {
    if (this.#pending !== check) return false;
    this.#pending = undefined;
    return true;
  }

  #learn(facts: ServerFacts): void {
    const server = addressOf(this.#client);
    for (const { level, message, risk } of serverRisks(facts)) {
      this.#log((logger) => logger[level]({ server, risks: [risk] }, message));
    }
    const missing = missingFacts(facts);
    if (missing.length > 0) this.#warnUnchecked(new Error(`INFO leaves out ${missing.join(', ')}`));
    if (this.#isNode) return;
    const wrong = wrongClient(facts);
    if (wrong !== undefined) this.#refuseAs(`${server} ${wrong}`);
    else if (facts.role === 'slave') this.#refuseReplica(server);
    else
      for (const logger of this.#loggers)
        logger.over({ server }, UNUSABLE, 'The Redis server can be used again');
  }

  #refuseAs(problem: string): void {
    this.#refuse = () => invalidConfig([{ name: 'client', problem }]);
    this.#sayUnusable(problem);
  }

  #refuseReplica(server: string): void {
    const problem = `${server} is a replica, which refuses writes and replies with old data; name the master`;
    this.#refuse = () => {
      // By now the address may be that of the master. A client that does not reconnect keeps this server, which may become one.
      if (leavesReplicas(this.#client.options)) this.#client.disconnect(true);
      else this.#checked = undefined;
      return new NoConnection(problem, true, server);
    };
    this.#sayUnusable(problem);
  }

  #sayUnusable(reason: string): void {
    const fields = { server: addressOf(this.#client), reason };
    this.#log((logger) => logger.error(fields, UNUSABLE));
  }

  #onSelect(db: number): void {
    if (db === 0) return;
    this.#checked = this.#client.stream;
    this.passedOn = undefined;
    this.#pending = undefined;
    this.#refuseAs(
      `has selected database ${db}, and channels are the same in all databases. Separate environments by namespaces`,
    );
  }

  #warnUnchecked(err: Error): void {
    const server = addressOf(this.#client);
    const unchecked = ['eviction', 'replica', 'Cluster', 'version'];
    this.#log((logger) =>
      logger.warn(
        { err, server, unchecked },
        'The Redis server does not report its settings; check them by hand',
      ),
    );
  }

  #log(line: LogLine): void {
    this.#lines.push(line);
    for (const logger of this.#loggers) line(logger);
  }
}
