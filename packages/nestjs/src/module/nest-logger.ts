import { inspect } from 'node:util';
import { Logger as NestLogger } from '@nestjs/common';
import type { Logger } from '@stateful-route/driver';

type LogFields = Parameters<Logger['info']>[0];

/**
 * Writes the route's log by Nest's logger, so that `app.useLogger` applies to it. The fields follow the message on the same line;
 * a stack is written only of an error at the level `error`.
 */
export function nestLogger(context: string): Logger {
  const logger = new NestLogger(context);
  return {
    debug: (fields, message) => logger.debug(line(fields, message)),
    info: (fields, message) => logger.log(line(fields, message)),
    warn: (fields, message) => logger.warn(line(fields, message)),
    error: (fields, message) => {
      const { err } = fields;
      logger.error(line(fields, message), err instanceof Error ? err.stack : undefined);
    },
  };
}

function line(fields: LogFields, message: string): string {
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : shown(value)}`);
  return [message, ...words].join(' ');
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : inspect(value, { breakLength: Infinity, depth: 4 });
