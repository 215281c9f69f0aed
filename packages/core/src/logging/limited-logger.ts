import type { Clock } from '../time/clock.ts';
import type { LogFields, Logger } from './logger.ts';

/** How often a lasting condition is logged. */
const SAID_EVERY_MS = 60_000;

/** How many conditions are remembered. Beyond that a new one is logged only if the oldest was last logged a minute ago. */
const CONDITIONS_MAX = 1_000;

/** The fields that distinguish conditions with the same message. All others are details. */
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
  /** How many lines were left out since. */
  unsaid: number;
}

/**
 * Limits the lines of a lasting condition. A warning or an error is logged the first time, and then once a minute as long as it
 * recurs; `unsaid` is the number of lines left out since the last one. The message, and the fields that name a service, a
 * pod or an event, identify a condition. `debug` and `info` lines are not limited.
 *
 * If the logger throws, the line is lost and nothing else fails.
 */
export class LimitedLogger implements Logger {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** In the order in which they were last logged. */
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
   * Logs as `info` that a condition is over, if its beginning was logged. If it recurs, it is logged at once.
   *
   * @param fields - those that identify the condition.
   * @param message - the condition's message.
   * @param end - the message of the line.
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
      // There is nowhere to report it.
    }
  }

  /** The fields to log; `undefined`: leave the line out. */
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

  /** Returns false if even the oldest was logged within the last minute. */
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
