/**
 * So many uids, as they come out of a request: strings of their own, and not ones that are put together when they are
 * needed.
 */
export function uids(count: number, prefix = 'user'): string[] {
  return Array.from({ length: count }, (_, at) => uidAt(at, prefix));
}

/** One of them. */
export function uidAt(at: number, prefix = 'user'): string {
  return Buffer.from(`${prefix}-${String(at).padStart(7, '0')}`).toString('latin1');
}
