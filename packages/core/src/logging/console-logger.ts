import { type Clock, systemClock } from '../time/clock.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';

const levels: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** How many causes of an error are printed. A longer chain is probably circular. */
const CAUSES_MAX = 8;

/**
 * The default logger: a line of JSON with its time, on standard error, for each entry at or above a level.
 * An error in the fields is printed with its code and causes; one without a code with its stack, as it is most likely a bug.
 * No other property of an error is printed: clients attach commands, and so secrets, to theirs.
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
    // For example a circular field. Print the line with the fields as plain text.
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
    // If a host has several addresses, the failure of each is only here.
    errors: Array.isArray(errors) ? errors.slice(0, CAUSES_MAX).map(nested) : undefined,
  };
}
