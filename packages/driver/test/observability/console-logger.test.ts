import { afterEach, expect, it, vi } from 'vitest';
import { consoleLogger } from '../../src/index.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('prints lines of JSON at or above its level, on standard error', () => {
  const print = vi.spyOn(console, 'error').mockReturnValue();
  const logger = consoleLogger('WARN');
  logger.debug({}, 'no');
  logger.info({}, 'no');
  logger.warn({ podId: 0 }, 'careful');
  logger.error({ err: new TypeError('bad') }, 'broken');
  expect(print.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toEqual([
    { level: 'WARN', message: 'careful', podId: 0 },
    { level: 'ERROR', message: 'broken', err: 'TypeError: bad' },
  ]);
});
