import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { consoleLogger, type Logger, type LogLevel, routeError } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';

const time = '2023-11-14T22:13:20.000Z';
let lines: unknown[];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'error').mockImplementation((line) => lines.push(JSON.parse(String(line))));
});

afterEach(() => {
  vi.restoreAllMocks();
});

function loggerAt(level: LogLevel): Logger {
  return consoleLogger(level, new ManualClock(Date.parse(time)));
}

it('prints lines of JSON with their time, at or above its level, on standard error', () => {
  const logger = loggerAt('WARN');
  logger.debug({}, 'no');
  logger.info({}, 'no');
  logger.warn({ podId: 0 }, 'careful');
  logger.error({}, 'broken');
  expect(lines).toEqual([
    { time, level: 'WARN', message: 'careful', podId: 0 },
    { time, level: 'ERROR', message: 'broken' },
  ]);
});

it('prints INFO and above with the machine’s time by default', () => {
  const logger = consoleLogger();
  logger.debug({}, 'no');
  logger.info({}, 'yes');
  expect(lines).toEqual([{ time: expect.stringMatching(/^20..-.*Z$/), level: 'INFO', message: 'yes' }]);
});

it('prints an error with its code and causes, and no other property of it', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const reply = Object.assign(new Error('WRONGPASS'), { code: 'WRONGPASS', command: { args: ['secret'] } });
  const err = routeError('STORE_ERROR', 'No answer.', { operation: 'getLink' }, { cause: refused });
  const logger = loggerAt('INFO');
  logger.warn({ err }, 'first');
  logger.warn({ err: reply }, 'second');
  expect(lines).toEqual([
    expect.objectContaining({
      err: {
        name: 'RouteError',
        code: 'STORE_ERROR',
        message: 'No answer.',
        cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
      },
    }),
    expect.objectContaining({ err: { name: 'Error', code: 'WRONGPASS', message: 'WRONGPASS' } }),
  ]);
});

it('prints the stack of an error without a code', () => {
  loggerAt('INFO').error({ err: new TypeError('bad') }, 'broken');
  expect(lines).toEqual([
    expect.objectContaining({
      err: { name: 'TypeError', message: 'bad', stack: expect.stringContaining('console-logger.test') },
    }),
  ]);
});

it('prints causes that are not errors, and cycles of causes', () => {
  const circle = Object.assign(new Error('around'), { code: 'A' });
  circle.cause = circle;
  const logger = loggerAt('INFO');
  logger.warn({ err: new Error('thrown', { cause: 'a word' }) }, 'first');
  logger.warn({ err: circle }, 'second');
  expect(lines).toEqual([
    expect.objectContaining({ err: expect.objectContaining({ cause: 'a word' }) }),
    expect.objectContaining({ message: 'second' }),
  ]);
});

it('prints each error of a host that failed at several addresses', () => {
  const each = ['::1', '127.0.0.1'].map((at) => Object.assign(new Error(at), { code: 'ECONNREFUSED' }));
  loggerAt('INFO').warn({ err: new AggregateError(each) }, 'no way');
  expect(lines).toEqual([
    expect.objectContaining({
      err: expect.objectContaining({
        errors: ['::1', '127.0.0.1'].map((message) => ({ name: 'Error', code: 'ECONNREFUSED', message })),
      }),
    }),
  ]);
});

it('prints a line whose fields cannot be printed', () => {
  const self: Record<string, unknown> = {};
  self['self'] = self;
  loggerAt('INFO').warn({ self, big: 10n }, 'odd');
  expect(lines).toEqual([{ time, level: 'WARN', message: 'odd', self: '[object Object]', big: '10' }]);
});

it('lets no field replace time, level or message', () => {
  loggerAt('INFO').warn({ time: 1, level: 2, message: 3 }, 'mine');
  expect(lines).toEqual([{ time, level: 'WARN', message: 'mine' }]);
});
