/**
 * One incarnation of a pod. A run lasts from `start()` to `stop()`. A pod that returns after it was fenced is a new incarnation
 * of the same run.
 */
export interface Incarnation {
  /** The store's time at which the run started, in whole ms. 0 if unknown, which is the earliest. */
  readonly start: number;
  /** A random id of the run. Incarnations with the same id are of one run, whatever their starts. */
  readonly id: string;
  /** Counts the incarnations of a run, from 0. */
  readonly life: number;
}

const TEXT = /^(?<start>\d{1,16})\.(?<id>[^.]+)\.(?<life>\d{1,9})$/;

/** Writes an incarnation as reports and records carry it: `<start>.<id>.<life>`. */
export function formatIncarnation({ start, id, life }: Incarnation): string {
  return `${start}.${id}.${life}`;
}

/** Parses an incarnation. A text of another form is taken for the id of a run without a start. */
export function parseIncarnation(text: string): Incarnation {
  const parts = TEXT.exec(text)?.groups;
  if (!parts) return { start: 0, id: text, life: 0 };
  return { start: Number(parts['start']), id: parts['id']!, life: Number(parts['life']) };
}

/** Whether two incarnations are of the same run. */
export function isSameRun(a: string, b: string): boolean {
  return parseIncarnation(a).id === parseIncarnation(b).id;
}

/**
 * Orders incarnations: negative if `a` is the earlier one. Of two runs the one that started later is greater; if both started
 * in the same ms, the one with the greater id. Within a run only `life` counts.
 */
export function compareIncarnations(a: string, b: string): number {
  const [left, right] = [parseIncarnation(a), parseIncarnation(b)];
  if (left.id === right.id) return left.life - right.life;
  if (left.start !== right.start) return left.start - right.start;
  return left.id < right.id ? -1 : 1;
}
