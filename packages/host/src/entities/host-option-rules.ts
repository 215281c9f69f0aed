import type { Clock, Logger } from '@stateful-route/core';
import {
  type Check,
  checkClock,
  checkDuration,
  checkFlag,
  checkFunction,
  checkInteger,
  checkLogger,
  checkWait,
  checkWord,
  configCheck,
  invalidParameter,
} from '@stateful-route/core/adapter';
import type { HostOptions } from '../host.ts';

const COUNT_MAX = 10_000_000;

const checkPositive: Check = (value, parameter = 'count') => {
  checkInteger(value, parameter, 1, COUNT_MAX);
};

const checkMax: Check = (value, parameter = 'count') => {
  checkInteger(value, parameter, 0, COUNT_MAX);
};

/** Checks the options of a host; throws `INVALID_CONFIG` with every fault. */
export const checkHostOptions: Check = configCheck<HostOptions<unknown>>(
  {
    open: checkFunction,
    save: checkFunction,
    close: checkFunction,
    openTimeoutMs: checkDuration,
    useTimeoutMs: checkDuration,
    closeTimeoutMs: checkDuration,
    saveEveryMs: checkDuration,
    saveAfter: (value, parameter = 'saveAfter') => {
      checkWord(value, parameter, ['interval', 'use']);
    },
    saveWhenFenced: checkFlag,
    idleAfterMs: (value, parameter = 'idleAfterMs') => {
      if (value !== false) checkDuration(value, parameter);
    },
    openConcurrency: checkPositive,
    saveConcurrency: checkPositive,
    useQueueMax: checkMax,
    useQueueMaxPerUser: checkMax,
    moveWaitMs: checkWait,
    moveWaitMax: checkMax,
    maxUsers: checkPositive,
    clock: checkClock,
    logger: checkLogger,
  },
  {
    required: ['open'],
    together: ({ save, saveAfter, saveWhenFenced }) => {
      if (save !== undefined) return;
      if (saveAfter === 'use') throw invalidParameter('saveAfter', 'needs save');
      if (saveWhenFenced === true) throw invalidParameter('saveWhenFenced', 'needs save');
    },
  },
);

/** The options of a host with their defaults. */
export interface ResolvedHostOptions<State> extends Pick<HostOptions<State>, 'open' | 'save' | 'close'> {
  readonly openTimeoutMs: number;
  readonly useTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly saveEveryMs: number;
  readonly savesAfterUse: boolean;
  readonly saveWhenFenced: boolean;
  /** `Infinity`: never. */
  readonly idleAfterMs: number;
  readonly openConcurrency: number;
  readonly saveConcurrency: number;
  readonly useQueueMax: number;
  readonly useQueueMaxPerUser: number;
  readonly moveWaitMs: number;
  readonly moveWaitMax: number;
  /** `Infinity`: no limit of the host's own. */
  readonly maxUsers: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The options with their defaults. */
export function resolveHostOptions<State>(
  options: HostOptions<State>,
  route: { readonly clock: Clock; readonly logger: Logger },
): ResolvedHostOptions<State> {
  const { idleAfterMs = 60_000 } = options;
  return {
    open: options.open,
    save: options.save,
    close: options.close,
    openTimeoutMs: options.openTimeoutMs ?? 10_000,
    useTimeoutMs: options.useTimeoutMs ?? 5_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 1_000,
    saveEveryMs: options.saveEveryMs ?? 10_000,
    savesAfterUse: options.saveAfter === 'use',
    saveWhenFenced: options.saveWhenFenced ?? false,
    idleAfterMs: idleAfterMs === false ? Number.POSITIVE_INFINITY : idleAfterMs,
    openConcurrency: options.openConcurrency ?? 64,
    saveConcurrency: options.saveConcurrency ?? 16,
    useQueueMax: options.useQueueMax ?? 10_000,
    useQueueMaxPerUser: options.useQueueMaxPerUser ?? 1_000,
    moveWaitMs: options.moveWaitMs ?? 5_000,
    moveWaitMax: options.moveWaitMax ?? 1_000,
    maxUsers: options.maxUsers ?? Number.POSITIVE_INFINITY,
    clock: options.clock ?? route.clock,
    logger: options.logger ?? route.logger,
  };
}
