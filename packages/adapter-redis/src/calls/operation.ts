import type { CallOptions } from '@stateful-route/core';
import type { PortMethod } from '@stateful-route/core/adapter';

/**
 * What a call may leave behind when its reply is lost: nothing (`read`), a state that a repetition would restore
 * (`repeatable`), or a change that a repetition would make twice (`once`).
 */
export type Effect = 'read' | 'repeatable' | 'once';

/** The port's method that a call is made for. */
export interface Operation {
  readonly name: PortMethod;
  readonly effect: Effect;
  readonly options: CallOptions | undefined;
  /** The epoch of the reading on which the call rests. It is not sent in another one. */
  readonly epoch: number | undefined;
}
