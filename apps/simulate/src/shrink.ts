import type { Script } from './script/script.ts';
import type { WorldEvent } from './script/world-event.ts';

/** Whether a script still fails in the same way. */
export type StillFails = (script: Script) => Promise<boolean>;

/**
 * Removes events from a failing script while it still fails: first all events after the failure, then smaller and smaller
 * parts, down to single events. Ends early if `isOver` returns true.
 *
 * @param failedAt - when it failed, in ms of the world.
 */
export async function shrink(
  script: Script,
  failedAt: number,
  stillFails: StillFails,
  isOver: () => boolean = () => false,
): Promise<Script> {
  const withEvents = (events: readonly WorldEvent[]): Script => ({ ...script, events });
  let events: readonly WorldEvent[] = script.events.filter(({ at }) => at <= failedAt);
  if (!(await stillFails(withEvents(events)))) ({ events } = script);
  for (
    let size = Math.ceil(events.length / 2);
    size >= 1 && !isOver();
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    // Start with the last events: the cause is near the failure.
    for (let end = events.length; end > 0 && !isOver(); end -= size) {
      const fewer = [...events.slice(0, Math.max(0, end - size)), ...events.slice(end)];
      if (await stillFails(withEvents(fewer))) events = fewer;
    }
  }
  return withEvents(events);
}
