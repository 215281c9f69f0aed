import { type Clock, systemClock } from '../time/clock.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';

const levels: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** The greatest depth of an error's causes that is printed. A deeper chain is taken for a cycle. */
const CAUSES_MAX = 8;

/**
 * The default logger: writes each entry at or above a level to standard error, as a line of JSON with its time.
 *
 * An error among the fields is printed with its code and its causes, or with its stack if it has no code, since such an
 * error is most often a bug. No other property of an error is printed: clients keep commands there, and so secrets.
 */
export function consoleLogger(level: LogLevel = 'INFO', clock: Pick<Clock, 'now'> = systemClock): Logger {
  const print =
    (of: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (levels.indexOf(of) < levels.indexOf(level)) return;
      const head = { time: new Date(clock.now()).toISOString(), level: of, message };
      console.error(lineOf({ ...head, ...fields, ...head }));
    };
  return { debug: print('DEBUG'), info: print('INFO'), warn: print('WARN'), error: print('ERROR') };
}

function lineOf(entry: LogFields): string {
  try {
    return JSON.stringify(entry, printable);
  } catch {
    // A field with a cycle, for example. Print every field as text rather than lose the line.
    const texts = Object.entries(entry).map(([name, value]) => [name, String(value)]);
    return JSON.stringify(Object.fromEntries(texts));
  }
}

function printable(_key: string, value: unknown): unknown {
  return value instanceof Error ? printableError(value, CAUSES_MAX) : value;
}

function printableError(error: Error, causesMax: number): LogFields {
  const { name, message, stack, cause } = error;
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: unknown };
  const known = { name, code, message, stack: code === undefined ? stack : undefined };
  if (causesMax === 0) return known;
  const nested = (value: unknown): unknown =>
    value instanceof Error ? printableError(value, causesMax - 1) : String(value);
  return {
    ...known,
    cause: cause === undefined ? undefined : nested(cause),
    // An AggregateError: a host with several addresses fails once for each.
    errors: Array.isArray(errors) ? errors.slice(0, CAUSES_MAX).map(nested) : undefined,
  };
}
