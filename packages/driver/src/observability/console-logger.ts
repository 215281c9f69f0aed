import type { LogFields, Logger } from '@stateful-route/core';
import type { LogLevel } from '../config/route-config.ts';

const levels: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

function printable(_key: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}

/** The logger of those who bring none: a line of JSON on standard error for each entry at or above a level. */
export function consoleLogger(level: LogLevel): Logger {
  const print =
    (of: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (levels.indexOf(of) < levels.indexOf(level)) return;
      console.error(JSON.stringify({ level: of, message, ...fields }, printable));
    };
  return { debug: print('DEBUG'), info: print('INFO'), warn: print('WARN'), error: print('ERROR') };
}
