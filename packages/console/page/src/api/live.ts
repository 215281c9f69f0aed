import { batch, computed, signal } from '@preact/signals';
import type {
  ConsoleEvents,
  ConsoleInfo,
  JournalEntry,
  PodRow,
  SeriesPoint,
  ServiceChange,
  ServiceLive,
  ServiceSummary,
  WorstPods,
} from '../../../src/api/types.ts';
import { ApiFailure, read, request } from './client.ts';
import { readEvents } from './event-stream.ts';

/** All that is live of the service that the page shows. */
export interface Live {
  readonly summary: ServiceSummary;
  readonly worst: WorstPods;
  readonly band: ServiceLive['band'];
  readonly pods: ReadonlyMap<number, PodRow>;
  readonly series: readonly SeriesPoint[];
  /** The oldest first. */
  readonly journal: readonly JournalEntry[];
  readonly storeTime: number;
}

/** `live`: a stream is open. `connecting`: the first one, or the next one, is being opened. `broken`: that failed. */
export type Connection =
  | { readonly state: 'connecting' | 'live' }
  | { readonly state: 'broken'; readonly why: string };

const SERIES_MS = 600_000;
const JOURNAL_ENTRIES = 1_000;
const TICK_MS = 1_000;
const HIDDEN_MS = 30_000;
/** A stream that says nothing for so long is dead: one event comes with every reading. */
const SILENT_MS = 45_000;
const NO_SERVICE_MS = 3_000;
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [500, 8_000];

/** What this console is; `undefined` until it has said so. */
export const info = signal<ConsoleInfo | undefined>(undefined);
export const connection = signal<Connection>({ state: 'connecting' });
/** Why the server cannot read the store now; `undefined` if it can. */
export const unreadable = signal<string | undefined>(undefined);
/** `undefined` until the first event of a service's stream. */
export const live = signal<Live | undefined>(undefined);
/** Whether actions are accepted from who looks. */
export const mayAct = computed(() => info.value?.mayAct === true);

/** The page's clock when the last event came, beside the store's time in it. */
let heardAt = 0;
const tick = signal(0);

/** The store's time now. Read in a component, it draws that again every second. */
export function storeNow(): number {
  return tick.value >= 0 && live.value ? live.value.storeTime + Math.max(0, performance.now() - heardAt) : 0;
}

/** The store's time now, for once. */
export const peekStoreNow = (): number =>
  live.peek() ? live.peek()!.storeTime + Math.max(0, performance.now() - heardAt) : Date.now();

/** Begins to count the seconds. */
export function startClock(): void {
  setInterval(() => tick.value++, TICK_MS);
}

/** Asks what this console is, until it answers and there is a service. */
export async function readInfo(): Promise<void> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    try {
      info.value = await read<ConsoleInfo>('console');
      if (info.value.services.length > 0) return;
      connection.value = { state: 'live' };
      await pause(NO_SERVICE_MS);
    } catch (error) {
      connection.value = { state: 'broken', why: (error as Error).message };
      await pause(wait);
    }
  }
}

/** Follows a service until the signal is aborted; not while nobody can see the page. */
export async function follow(service: string, signal: AbortSignal): Promise<void> {
  let wait = FIRST_WAIT_MS;
  batch(() => {
    live.value = undefined;
    connection.value = { state: 'connecting' };
  });
  while (!signal.aborted) {
    await visible(signal);
    const hidden = new AbortController();
    const stop = whenHidden(() => hidden.abort());
    try {
      await readStream(service, AbortSignal.any([signal, hidden.signal]), () => (wait = FIRST_WAIT_MS));
      if (!signal.aborted) connection.value = { state: 'broken', why: 'The server ended the stream.' };
    } catch (error) {
      if (signal.aborted) return;
      if (hidden.signal.aborted) continue;
      const why = error instanceof ApiFailure ? error.message : 'The stream from the server broke off.';
      connection.value = { state: 'broken', why };
    } finally {
      stop();
    }
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  }
}

async function readStream(service: string, signal: AbortSignal, opened: () => void): Promise<void> {
  const path = `events?service=${encodeURIComponent(service)}`;
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENT_MS);
  };
  try {
    const ended = AbortSignal.any([signal, silence.signal]);
    const response = await request(path, { signal: ended, headers: { accept: 'text/event-stream' } });
    if (!response.body) throw new Error('no body');
    heard();
    for await (const { event, data } of readEvents(response.body)) {
      if (signal.aborted) return;
      heard();
      opened();
      take(event, data);
    }
  } finally {
    clearTimeout(timer);
  }
}

function take(event: string, data: string): void {
  if (event !== 'service' && event !== 'change' && event !== 'unreadable') return;
  batch(() => {
    connection.value = { state: 'live' };
    if (event === 'unreadable') {
      unreadable.value = (JSON.parse(data) as ConsoleEvents['unreadable']).error.message;
      return;
    }
    unreadable.value = undefined;
    heardAt = performance.now();
    if (event === 'service') live.value = wholeOf(JSON.parse(data) as ServiceLive, live.peek());
    else if (live.peek()) live.value = changed(live.peek()!, JSON.parse(data) as ServiceChange);
  });
}

function wholeOf(service: ServiceLive, before: Live | undefined): Live {
  const { summary, worst, band, series, storeTime } = service;
  const journal = joined(before?.journal ?? [], service.journal);
  const pods = new Map(service.pods.map((pod) => [pod.podId, pod]));
  return { summary, worst, band, pods, series, journal, storeTime };
}

/** What was known, with what changed. */
function changed(before: Live, change: ServiceChange): Live {
  const { summary, worst, band, storeTime, point } = change;
  const pods = new Map(before.pods);
  const isNew = change.changed.some(({ podId }) => !pods.has(podId));
  for (const podId of change.removed) pods.delete(podId);
  for (const row of change.changed) pods.set(row.podId, row);
  for (const [podId, updateTime] of change.beats) {
    const row = pods.get(podId);
    if (row) pods.set(podId, { ...row, updateTime });
  }
  const from = before.series.findIndex(({ at }) => at > point.at - SERIES_MS);
  return {
    summary,
    worst,
    band,
    storeTime,
    pods: isNew ? new Map([...pods].toSorted(([a], [b]) => a - b)) : pods,
    series: [...before.series.slice(Math.max(0, from)), point],
    journal: change.journal.length === 0 ? before.journal : joined(before.journal, change.journal),
  };
}

/** Entries of two parts of a journal, each once, the oldest first; only the last ones of very many. */
export function joined(
  older: readonly JournalEntry[],
  newer: readonly JournalEntry[],
): readonly JournalEntry[] {
  const seen = new Set(older.map(({ id }) => id));
  return [...older, ...newer.filter(({ id }) => !seen.has(id))].slice(-JOURNAL_ENTRIES);
}

const isHidden = (): boolean => document.visibilityState === 'hidden';

/** Calls back once the page was hidden for a while. */
function whenHidden(callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (isHidden()) timer = setTimeout(callback, HIDDEN_MS);
  };
  look();
  document.addEventListener('visibilitychange', look);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

async function visible(signal: AbortSignal): Promise<void> {
  while (isHidden() && !signal.aborted) {
    await new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true, signal });
      signal.addEventListener('abort', resolve, { once: true });
    });
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
