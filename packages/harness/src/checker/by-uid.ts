/** Events by user, in the given order. */
export function byUid<Event extends { readonly uid: string }>(
  events: readonly Event[],
): Map<string, Event[]> {
  const all = new Map<string, Event[]>();
  for (const event of events) {
    const known = all.get(event.uid);
    if (known) known.push(event);
    else all.set(event.uid, [event]);
  }
  return all;
}
