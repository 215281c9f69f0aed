import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LogFields } from '@stateful-route/core';
import { LimitedLogger } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';

interface Line {
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function setUp(): { clock: ManualClock; lines: Line[]; logger: LimitedLogger } {
  const clock = new ManualClock();
  const lines: Line[] = [];
  const print =
    (level: string) =>
    (fields: LogFields, message: string): number =>
      lines.push({ at: clock.monotonic(), level, message, fields });
  const all = { debug: print('debug'), info: print('info'), warn: print('warn'), error: print('error') };
  return { clock, lines, logger: new LimitedLogger(all, clock) };
}

it('logs a condition at once, then once a minute while it lasts, with the number of lines left out', async () => {
  const { clock, lines, logger } = setUp();
  for (let second = 0; second < 150; second++) {
    logger.warn({ podId: 1, ageMs: second }, 'late');
    await clock.advance(1_000);
  }
  expect(lines).toEqual([
    { at: 0, level: 'warn', message: 'late', fields: { podId: 1, ageMs: 0 } },
    { at: 60_000, level: 'warn', message: 'late', fields: { podId: 1, ageMs: 60, unsaid: 59 } },
    { at: 120_000, level: 'warn', message: 'late', fields: { podId: 1, ageMs: 120, unsaid: 59 } },
  ]);
});

it('logs the end of a condition once, and the condition at once when it returns', () => {
  const { lines, logger } = setUp();
  logger.over({ podId: 1 }, 'late', 'in time again');
  logger.error({ podId: 1 }, 'late');
  logger.error({ podId: 1 }, 'late');
  logger.over({ podId: 2 }, 'late', 'in time again');
  logger.over({ podId: 1 }, 'late', 'in time again');
  logger.over({ podId: 1 }, 'late', 'in time again');
  logger.error({ podId: 1 }, 'late');
  expect(lines.map(({ level, message, fields }) => ({ level, message, fields }))).toEqual([
    { level: 'error', message: 'late', fields: { podId: 1 } },
    { level: 'info', message: 'in time again', fields: { podId: 1, unsaid: 1 } },
    { level: 'error', message: 'late', fields: { podId: 1 } },
  ]);
});

it('survives a logger that throws, and logs the next line', () => {
  const lines: string[] = [];
  const print = (_: LogFields, message: string): void => {
    lines.push(message);
    throw new Error('disk full');
  };
  const logger = new LimitedLogger(
    { debug: print, info: print, warn: print, error: print },
    new ManualClock(),
  );
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, level);
  logger.over({}, 'warn', 'over');
  expect(lines).toEqual(['debug', 'info', 'warn', 'error', 'over']);
});

it('does not limit debug and info', () => {
  const { lines, logger } = setUp();
  for (let i = 0; i < 3; i++) {
    logger.debug({}, 'same');
    logger.info({}, 'same');
  }
  expect(lines).toHaveLength(6);
});

it('limits the number of conditions, and logs new ones again later', async () => {
  const { clock, lines, logger } = setUp();
  for (let i = 0; i < 5_000; i++) logger.warn({ serviceName: `s${i}` }, 'unknown');
  expect(lines).toHaveLength(1_000);
  await clock.advance(60_000);
  logger.warn({ serviceName: 'another' }, 'unknown');
  expect(lines).toHaveLength(1_001);
});

it('logs each condition at most once a minute, and counts every line left out', async () => {
  const met = fc.record({
    afterMs: fc.nat(20_000),
    podId: fc.nat(2),
    message: fc.constantFrom('late', 'full'),
    ends: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(met, { maxLength: 60 }), async (history) => {
      const { clock, lines, logger } = setUp();
      const asked = history.filter(({ ends }) => !ends).length;
      for (const { afterMs, podId, message, ends } of history) {
        await clock.advance(afterMs);
        if (ends) logger.over({ podId }, message, 'over');
        else logger.warn({ podId, uid: String(afterMs) }, message);
      }
      for (const podId of [0, 1, 2])
        for (const message of ['late', 'full']) logger.over({ podId }, message, 'over');
      const warned = lines.filter(({ level }) => level === 'warn');
      const unsaid = lines.map(({ fields }) => Number(fields['unsaid'] ?? 0));
      // Each was logged, or is counted in a later line of its condition.
      expect(warned.length + unsaid.reduce((sum, each) => sum + each, 0)).toBe(asked);
      for (const line of warned) {
        const since = lines
          .slice(0, lines.indexOf(line))
          .findLast(
            (before) => before.fields['podId'] === line.fields['podId'] && before.message === line.message,
          );
        const ended = lines.some(
          (end) =>
            end.message === 'over' &&
            end.fields['podId'] === line.fields['podId'] &&
            since !== undefined &&
            end.at >= since.at &&
            end.at <= line.at,
        );
        if (since && !ended) expect(line.at - since.at).toBeGreaterThanOrEqual(60_000);
      }
    }),
  );
});
