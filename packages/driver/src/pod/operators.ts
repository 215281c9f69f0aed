import type { LimitedLogger } from '@stateful-route/core/adapter';
import type { PodDrain } from './pod-drain.ts';
import { PodOrders, type PodOrdersParts } from './pod-orders.ts';
import type { PodRun } from './pod-run.ts';
import type { KnownIntent } from './pod-subscriptions.ts';

const NO_HAND_OFF =
  'an operator drains the pod, and there is no onHandOff listener: new users are refused, present ones stay until the ' +
  'application releases them. Call route.server.onHandOff(fn), or give drain: { onHandOff } at construction';

/** How many users whose state was not saved a log line names. */
const UNSAVED_SHOWN = 100;

/** What obeying operators depends on. */
export interface OperatorsParts extends PodOrdersParts {
  readonly logger: LimitedLogger;
  readonly run: () => PodRun;
  readonly drain: PodDrain;
  /** Refuses new users for this intent, in place of the one before. */
  readonly refuseNew: (intent: 'cordon' | 'drain') => Promise<void>;
  /** Accepts new users again. */
  readonly resume: () => void;
}

/** Obeys operators' orders, and their intents, with at most one drain at a time. A drain's report is logged. */
export class Operators {
  readonly orders: PodOrders;
  readonly #parts: OperatorsParts;
  #drain: AbortController | undefined;

  constructor(parts: OperatorsParts) {
    this.orders = new PodOrders(parts);
    this.#parts = parts;
  }

  obey({ intent, ratePerSecond }: KnownIntent, podId: number | undefined): void {
    const { logger, refuseNew, resume } = this.#parts;
    logger.info({ podId, intent, ratePerSecond }, 'an operator set an intent');
    this.end();
    if (intent === 'drain') {
      this.#begin(podId, ratePerSecond);
      return;
    }
    if (intent === 'cordon') {
      // If it is not published now, the next heartbeat has it.
      void refuseNew(intent);
      return;
    }
    logger.over({ podId }, NO_HAND_OFF, 'an operator lets the pod take new users again');
    resume();
  }

  /** Ends the drain, if there is one. New users are still refused. */
  end(): void {
    this.#drain?.abort();
  }

  #begin(podId: number | undefined, ratePerSecond: number | undefined): void {
    const { logger, run: begun, drain, refuseNew } = this.#parts;
    const run = begun();
    if (!run.pool.hasListener) logger.warn({ podId, users: run.present }, NO_HAND_OFF);
    this.#drain = new AbortController();
    const { signal } = this.#drain;
    const refuse = (): Promise<void> => refuseNew('drain');
    drain.operators(run, signal, ratePerSecond, refuse).then(
      ({ left, unsaved }) => {
        if (signal.aborted) return;
        const fields = {
          podId,
          left,
          unsaved: unsaved.slice(0, UNSAVED_SHOWN),
          unsavedUsers: unsaved.length,
        };
        logger.info(fields, 'the drain of an operator is over');
      },
      (error: unknown) => {
        logger.warn({ err: error, podId }, 'the drain of an operator ended early');
      },
    );
  }
}
