/** What every call of a port takes last. */
export interface CallOptions {
  /** Gives the call up: it rejects with `signal.reason`. A write that was already sent may still act. */
  readonly signal?: AbortSignal | undefined;
  /** The call's whole deadline, in ms. Past it the call rejects with `TIMEOUT`. Default: the adapter's. */
  readonly timeoutMs?: number | undefined;
}
