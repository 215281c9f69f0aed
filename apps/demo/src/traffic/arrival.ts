/** A request that reaches the gateways. */
export interface Arrival {
  readonly uid: string;
  /** Ms since the epoch; may be earlier than the arrival before. */
  readonly time: number;
  /** How much of the traffic has come with it, 0–1. */
  readonly progress: number;
}
