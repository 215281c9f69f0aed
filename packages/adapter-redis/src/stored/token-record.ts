/** A token record, as the scripts write it. */
export interface TokenRecord {
  readonly token: number;
  /** The pod whose claim it is; `undefined` if the claim was ended on purpose. */
  readonly podId: string | undefined;
}

/** Reads a record; `undefined` if it is none. */
export function tokenRecord(stored: string): TokenRecord | undefined {
  const [, digits, podId] = /^(\d+):(\d*):/.exec(stored) ?? [];
  const token = Number(digits);
  return Number.isSafeInteger(token) ? { token, podId: podId || undefined } : undefined;
}
