/**
 * Which run of a pod's process, and how often it has returned from a fence. A run lasts from `start()` to `stop()`; each return
 * is a new incarnation of the same run.
 */
export interface Incarnation {
  /** When the run started, by the store's clock, in whole ms. 0: unknown, which counts as the earliest. */
  readonly start: number;
  /** Drawn once per run: two incarnations with the same id are of one run, whatever their starts. */
  readonly id: string;
  /** Counts the run's returns from 0. */
  readonly life: number;
}

const TEXT = /^(?<start>\d{1,16})\.(?<id>[^.]+)\.(?<life>\d{1,9})$/;

/** An incarnation as reports and records carry it: `<start>.<id>.<life>`. */
export function formatIncarnation({ start, id, life }: Incarnation): string {
  return `${start}.${id}.${life}`;
}

/** Reads an incarnation. A text of another form is a run without a start. */
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
 * Orders incarnations: negative when `a` is the earlier one. Of two runs the one that started later is greater; of two
 * that started in the same ms, the one with the greater id. Within a run only `life` is compared.
 */
export function compareIncarnations(a: string, b: string): number {
  const [left, right] = [parseIncarnation(a), parseIncarnation(b)];
  if (left.id === right.id) return left.life - right.life;
  if (left.start !== right.start) return left.start - right.start;
  return left.id < right.id ? -1 : 1;
}
