import type { Clock } from '../time/clock.ts';
import type { LogFields, Logger } from './logger.ts';

/** How often a condition that lasts is said. */
const SAID_EVERY_MS = 60_000;

/** How many conditions are remembered. Beyond it new ones are said as soon as the oldest has been silent for a minute. */
const CONDITIONS_MAX = 1_000;

/** The fields that tell one condition from another under the same message. All others are particulars. */
const IDENTITY = [
  'namespace',
  'serviceName',
  'podId',
  'incarnation',
  'event',
  'channel',
  'key',
  'server',
] as const;

interface Said {
  readonly at: number;
  /** How often it was met since, without a line. */
  unsaid: number;
}

/**
 * Puts a bound on what a condition that lasts writes. A warning or an error is said when it is met, and again once a minute
 * as long as it is met, however often that is: the line has in `unsaid` how many were left out since the one before. Its
 * message, and the fields that name a service, a pod or an event, tell one condition from another. `debug` and `info` lines
 * are passed on as they come.
 *
 * A logger that throws stops nobody's work: its line is lost.
 */
export class LimitedLogger implements Logger {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** In the order in which they were last said. */
  readonly #said = new Map<string, Said>();

  constructor(logger: Logger, clock: Pick<Clock, 'monotonic'>) {
    this.#logger = logger;
    this.#clock = clock;
  }

  debug(fields: LogFields, message: string): void {
    this.#write('debug', fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: LogFields, message: string): void {
    const due = this.#due(fields, message);
    if (due) this.#write('warn', due, message);
  }

  error(fields: LogFields, message: string): void {
    const due = this.#due(fields, message);
    if (due) this.#write('error', due, message);
  }

  /**
   * Says, as `info`, that a condition is over, if it was said that it holds. Met again, it is said at once.
   *
   * @param fields - its identity, as it was said with.
   * @param message - the condition's message.
   * @param end - what is true instead.
   */
  over(fields: LogFields, message: string, end: string): void {
    if (this.#said.size === 0) return;
    const key = keyOf(fields, message);
    const said = this.#said.get(key);
    if (!said) return;
    this.#said.delete(key);
    this.#write('info', withUnsaid(fields, said.unsaid), end);
  }

  #write(level: keyof Logger, fields: LogFields, message: string): void {
    try {
      this.#logger[level](fields, message);
    } catch {
      // Nobody is left to be told.
    }
  }

  /** The fields to say the condition with; `undefined`: not now. */
  #due(fields: LogFields, message: string): LogFields | undefined {
    const now = this.#clock.monotonic();
    const key = keyOf(fields, message);
    const known = this.#said.get(key);
    if (known && now - known.at < SAID_EVERY_MS) {
      known.unsaid += 1;
      return undefined;
    }
    if (!known && this.#said.size >= CONDITIONS_MAX && !this.#forgetOldest(now)) return undefined;
    this.#said.delete(key);
    this.#said.set(key, { at: now, unsaid: 0 });
    return withUnsaid(fields, known?.unsaid ?? 0);
  }

  /** Returns false where even the oldest was said within the last minute. */
  #forgetOldest(now: number): boolean {
    for (const [key, { at }] of this.#said) {
      if (now - at < SAID_EVERY_MS) return false;
      this.#said.delete(key);
      return true;
    }
    return true;
  }
}

function withUnsaid(fields: LogFields, unsaid: number): LogFields {
  return unsaid === 0 ? fields : { ...fields, unsaid };
}

function keyOf(fields: LogFields, message: string): string {
  return JSON.stringify([message, ...IDENTITY.map((name) => fields[name])]);
}
