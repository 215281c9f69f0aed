import { isRouteError } from '@stateful-route/core';
import type { Fenced } from './model-links.ts';

/** The reply, or what the refusal of a displaced process says that it met. */
export function unlessFenced<Reply>(call: Promise<Reply>): Promise<Reply | Fenced> {
  return call.catch((error: unknown) => {
    if (isRouteError(error, 'FENCED') && error.met !== undefined) return { met: error.met };
    throw error;
  });
}

/** Whether the reply is such a refusal. */
export function isFenced(reply: object): reply is Fenced {
  return 'met' in reply;
}

/** The refusal of a call that names another epoch than the store's. */
export interface OtherEpoch {
  readonly epoch: number;
}

/** The reply, or the epoch of the store that refused the call for its own. */
export function unlessOtherEpoch<Reply>(call: Promise<Reply>): Promise<Reply | OtherEpoch> {
  return call.catch((error: unknown) => {
    if (isRouteError(error, 'STORE_ERROR') && error.epoch !== undefined) return { epoch: error.epoch };
    throw error;
  });
}
