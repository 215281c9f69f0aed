import type { OrderOutcome } from '@stateful-route/core';

// Actions are POSTs with a JSON body. Each answers `ActionResult`, and is in the journal with who did it.

/** `POST /api/v1/services/{service}/pods/{podId}/drain`: a wish, as cordon and resume, which the pod obeys with its next heartbeat. */
export interface IntentRequest {
  /** How many users the pod hands over a second. */
  readonly ratePerSecond?: number | undefined;
}

/** `POST /api/v1/services/{service}/user/(unpin|unlink|kick|unquarantine)`. */
export interface UserRequest {
  readonly uid: string;
}

/** `POST /api/v1/services/{service}/user/(move|pin)`. */
export interface MoveRequest extends UserRequest {
  /** The pod to move or to pin to. */
  readonly to: number;
}

/** The body `{}` of `POST /api/v1/services/{service}/(freeze|unfreeze)`, and of cordon and resume. */
export interface Empty {}

/** An action that was done, or that was handed to the pod that does it. */
export interface ActionResult {
  /** One sentence for people. */
  readonly sentence: string;
  /** Who did it, as the journal has it. */
  readonly by: string;
  /** The order that was given: its end is in the journal as `order-ended` with this id. */
  readonly orderId?: string | undefined;
  /** How the order ended, if it had when the answer was sent. */
  readonly outcome?: OrderOutcome | undefined;
}
