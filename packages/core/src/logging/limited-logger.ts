import type { Clock } from '../time/clock.ts';
import type { LogFields, Logger } from './logger.ts';

/** How often a lasting condition is logged. */
const LOG_EVERY_MS = 60_000;

/** How many conditions are tracked. Beyond it a new one is logged only once the oldest was logged more than a minute ago. */
const CONDITIONS_MAX = 1_000;

/** The fields that, with the message, identify a condition. */
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

interface Logged {
  readonly at: number;
  /** How many lines were left out since. */
  unsaid: number;
}

/**
 * Limits the lines of a lasting condition. A warning or an error is logged at once, and then at most once a minute while it
 * repeats; the field `unsaid` counts the lines left out since the one before. A condition is identified by its message and by
 * the fields that name a service, a pod or an event. `debug` and `info` lines are not limited.
 *
 * If the logger throws, the line is lost and nothing else happens.
 */
export class LimitedLogger implements Logger {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By condition, in the order in which they were last logged. */
  readonly #logged = new Map<string, Logged>();

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
   * Logs, as `info`, that a condition is over, if the condition was logged. When it returns, it is logged at once.
   *
   * @param fields - the fields that identify the condition.
   * @param message - the condition's message.
   * @param end - the message of the new line.
   */
  over(fields: LogFields, message: string, end: string): void {
    if (this.#logged.size === 0) return;
    const key = keyOf(fields, message);
    const logged = this.#logged.get(key);
    if (!logged) return;
    this.#logged.delete(key);
    this.#write('info', withUnsaid(fields, logged.unsaid), end);
  }

  #write(level: keyof Logger, fields: LogFields, message: string): void {
    try {
      this.#logger[level](fields, message);
    } catch {
      // There is nowhere left to report it.
    }
  }

  /** The fields of the line; `undefined` if the condition is not to be logged now. */
  #due(fields: LogFields, message: string): LogFields | undefined {
    const now = this.#clock.monotonic();
    const key = keyOf(fields, message);
    const known = this.#logged.get(key);
    if (known && now - known.at < LOG_EVERY_MS) {
      known.unsaid += 1;
      return undefined;
    }
    if (!known && this.#logged.size >= CONDITIONS_MAX && !this.#forgetOldest(now)) return undefined;
    this.#logged.delete(key);
    this.#logged.set(key, { at: now, unsaid: 0 });
    return withUnsaid(fields, known?.unsaid ?? 0);
  }

  /** Returns false if even the oldest was logged within the last minute. */
  #forgetOldest(now: number): boolean {
    for (const [key, { at }] of this.#logged) {
      if (now - at < LOG_EVERY_MS) return false;
      this.#logged.delete(key);
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
