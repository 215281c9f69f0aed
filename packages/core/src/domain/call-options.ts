/** The last argument of every call of a port. */
export interface CallOptions {
  /** Aborts the call, which rejects with `signal.reason`. A write that was already sent may still act. */
  readonly signal?: AbortSignal | undefined;
  /** The call's whole deadline, in ms. Past it the call rejects with `TIMEOUT`. Default: the adapter's. */
  readonly timeoutMs?: number | undefined;
}
