import type { CallOptions } from '@stateful-route/core';
import type { PortMethod } from '@stateful-route/core/adapter';

/** The port's method that a call is made for, with its options. */
export interface Operation {
  readonly name: PortMethod;
  /** With an epoch, the call rests on a reading of that epoch, and is not sent in another one. */
  readonly options: (CallOptions & { readonly epoch?: number | undefined }) | undefined;
}
