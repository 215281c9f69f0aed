/** New uids. As in requests, each is a flat string: a concatenated one would be flattened when it is first hashed. */
export function uids(count: number, prefix = 'user'): string[] {
  return Array.from({ length: count }, (_, at) => uidAt(at, prefix));
}

/** The uid with this number. */
export function uidAt(at: number, prefix = 'user'): string {
  return Buffer.from(`${prefix}-${String(at).padStart(7, '0')}`).toString('latin1');
}
