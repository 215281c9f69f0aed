/** A request that reaches the gateways. */
export interface Arrival {
  readonly uid: string;
  /** Ms since the epoch. May be earlier than that of the previous arrival. */
  readonly time: number;
  /** The part of the traffic up to this arrival, 0 to 1. */
  readonly progress: number;
}
