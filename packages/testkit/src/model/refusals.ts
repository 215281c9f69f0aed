import { isRouteError } from '@stateful-route/core';
import type { Fenced } from './model-links.ts';

/** The reply, or the incarnation in the error of a displaced process. */
export function unlessFenced<Reply>(call: Promise<Reply>): Promise<Reply | Fenced> {
  return call.catch((error: unknown) => {
    if (isRouteError(error, 'FENCED') && error.met !== undefined) return { met: error.met };
    throw error;
  });
}

/** Whether the reply is such an error. */
export function isFenced(reply: object): reply is Fenced {
  return 'met' in reply;
}

/** The refusal of a call with another epoch than the store's. */
export interface OtherEpoch {
  readonly epoch: number;
}

/** The reply, or the store's epoch if it refused the call's. */
export function unlessOtherEpoch<Reply>(call: Promise<Reply>): Promise<Reply | OtherEpoch> {
  return call.catch((error: unknown) => {
    if (isRouteError(error, 'STORE_ERROR') && error.epoch !== undefined) return { epoch: error.epoch };
    throw error;
  });
}
