import { invalidConfig, type LimitedLogger } from '@stateful-route/core/adapter';
import type { RedisConnection } from './redis-client.ts';
import { isTransient, NoConnection, withoutSecrets } from './client-errors.ts';
import { addressOf } from './connection-faults.ts';
import { leavesReplicas } from './leaves-replicas.ts';
import { serverRisks, untold, wrongClient } from './server-faults.ts';
import { type ServerFacts, serverFacts } from './server-facts.ts';

const UNUSABLE = 'The Redis server cannot be used';

type Said = (logger: LimitedLogger) => void;

/**
 * Asks the server of each new connection what it is, by one `INFO`. Where a plain client cannot work with it no call is sent, and
 * each is told why; what costs a guarantee is said to the loggers.
 */
export class ServerCheck {
  readonly #client: RedisConnection;
  readonly #loggers: ReadonlySet<LimitedLogger>;
  readonly #isNode: boolean;
  /** The socket of the connection that may be used; another one has to be asked first. */
  passedOn: unknown;
  /** The socket that was asked last. */
  #asked: unknown;
  #pending: Promise<void> | undefined;
  #refuse: (() => Error) | undefined;
  /** What is said to loggers of the present connection. */
  #said: Said[] = [];

  constructor(client: RedisConnection, loggers: ReadonlySet<LimitedLogger>, isNode: boolean) {
    this.#client = client;
    this.#loggers = loggers;
    this.#isNode = isNode;
    client.on('ready', () => void this.passed()?.catch(() => {}));
    client.on('select', (db: number) => this.#onSelect(db));
  }

  /**
   * Resolves when the server of the present connection may be used, `undefined` when it is known to. Rejects where it may not,
   * or does not say: it is asked again by the next call.
   */
  passed(): Promise<void> | undefined {
    if (this.#asked !== this.#client.stream) this.#ask();
    if (this.#pending) return this.#pending;
    return this.#refuse && Promise.reject(this.#refuse());
  }

  /** Says to a logger that came later what was said before. */
  repeat(logger: LimitedLogger): void {
    for (const say of this.#said) say(logger);
  }

  #ask(): void {
    const { stream } = this.#client;
    this.#asked = stream;
    this.passedOn = undefined;
    this.#refuse = undefined;
    this.#said = [];
    const asked: Promise<void> = this.#client.info().then(
      (info) => {
        if (!this.#ended(asked)) return;
        this.#learn(serverFacts(String(info)));
        if (!this.#refuse) this.passedOn = stream;
      },
      (error: Error) => {
        if (!this.#ended(asked)) return;
        const passes = isTransient(error);
        if (passes && !this.#isNode) {
          this.#asked = undefined;
          throw withoutSecrets(error);
        }
        // One that fails with its connection is asked again on the next one.
        if (passes || error.name === 'ReplyError') this.#warnUnchecked(withoutSecrets(error));
      },
    );
    this.#pending = asked;
  }

  /** Whether this was the question of the present connection, which has its answer now. */
  #ended(asked: Promise<void>): boolean {
    if (this.#pending !== asked) return false;
    this.#pending = undefined;
    return true;
  }

  #learn(facts: ServerFacts): void {
    const server = addressOf(this.#client);
    for (const { level, message, risk } of serverRisks(facts)) {
      this.#say((logger) => logger[level]({ server, risks: [risk] }, message));
    }
    const missing = untold(facts);
    if (missing.length > 0) this.#warnUnchecked(new Error(`INFO does not tell ${missing.join(', ')}`));
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
    const problem = `${server} is a replica, which refuses writes and answers with the past; name the master`;
    this.#refuse = () => {
      // The address may lead to the master by now; without a new connection this one may be the master's.
      if (leavesReplicas(this.#client.options)) this.#client.disconnect(true);
      else this.#asked = undefined;
      return new NoConnection(problem, true, server);
    };
    this.#sayUnusable(problem);
  }

  #sayUnusable(reason: string): void {
    const fields = { server: addressOf(this.#client), reason };
    this.#say((logger) => logger.error(fields, UNUSABLE));
  }

  #onSelect(db: number): void {
    if (db === 0) return;
    this.#asked = this.#client.stream;
    this.passedOn = undefined;
    this.#pending = undefined;
    this.#refuseAs(
      `has selected database ${db}, and channels know none. Keep environments apart by namespaces`,
    );
  }

  #warnUnchecked(err: Error): void {
    const server = addressOf(this.#client);
    const unchecked = ['eviction', 'replica', 'Cluster', 'version'];
    this.#say((logger) =>
      logger.warn(
        { err, server, unchecked },
        'The Redis server does not say what it is; compare its settings by hand',
      ),
    );
  }

  #say(say: Said): void {
    this.#said.push(say);
    for (const logger of this.#loggers) say(logger);
  }
}
