import type { Script } from './script/script.ts';
import type { WorldEvent } from './script/world-event.ts';

/** Whether a script still fails as the one that is shrunk does. */
export type StillFails = (script: Script) => Promise<boolean>;

/**
 * Removes events from a script that fails, as long as it still does: what comes after the failure at once, then parts that
 * get smaller, down to single events. Ends early when `isOver` says so.
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
    // the last events first: what led to the failure is near it
    for (let end = events.length; end > 0 && !isOver(); end -= size) {
      const fewer = [...events.slice(0, Math.max(0, end - size)), ...events.slice(end)];
      if (await stillFails(withEvents(fewer))) events = fewer;
    }
  }
  return withEvents(events);
}
