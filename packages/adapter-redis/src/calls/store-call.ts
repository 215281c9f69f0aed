import type { CallOptions } from '@stateful-route/core';
import type { PortMethod } from '@stateful-route/core/adapter';

/**
 * What a call may leave behind when its reply is lost: nothing (`read`), what a repetition puts right (`repeatable`), or
 * something that a repetition would do twice (`once`).
 */
export type Effect = 'read' | 'repeatable' | 'once';

/** One call of a port, as the parts below it see it. */
export interface StoreCall {
  /** The port's method, for errors. */
  readonly operation: PortMethod;
  readonly effect: Effect;
  readonly options: CallOptions | undefined;
  /** The epoch of the reading on which it rests; it is not sent in another one. */
  readonly epoch: number | undefined;
}

/** How far a call has come. */
export interface Progress {
  /** Whether something was handed to a connection. */
  sent: boolean;
  /** Whether the caller was answered already: then nothing may be sent any more. */
  readonly over: boolean;
  /** How long the call has left, in ms. */
  leftMs(): number;
}

/** Describes a call. */
export function storeCall(
  operation: PortMethod,
  effect: Effect,
  options: CallOptions | undefined,
  epoch?: number,
): StoreCall {
  return { operation, effect, options, epoch };
}
