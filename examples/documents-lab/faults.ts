import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteConfigInput } from '@stateful-route/driver';
import { until } from '@stateful-route/harness';
import { DocumentsLab } from './documents-lab.ts';
import { percentile } from './percentile.ts';

const DEFAULT_LEASE_SECONDS = 15;
const WRITE_EVERY_MS = 200;
/** Documents that nobody has open during the fault. */
const QUIET_DOCUMENTS = 12;
const QUIET_MARKS = 5;
const MARKS_BEFORE = 10;
/** Of what takes a moment, unless the machine is busy. */
const SLOW = { withinMs: 60_000, everyMs: 50 };

/** What became of a fault. */
export interface FaultResult {
  readonly fault: string;
  readonly leaseSeconds: number;
  /** Of each provider: its longest time between two acknowledgements, in ms. */
  readonly silenceMs: { readonly median: number; readonly max: number };
  /** Providers whose connection was closed. */
  readonly cutOff: number;
  /** Marks that all replicas and the storage have in the end, each once. */
  readonly marks: number;
  /** Marks that were saved before the fault in documents that nobody had open, and how many of them a new provider reads. */
  readonly quiet: { readonly saved: number; readonly read: number };
}

/** Resolves when the fault is over. `second` is a second of a fleet with the default lease, in ms. */
type Fault = (lab: DocumentsLab, second: number) => Promise<void>;

const faults = {
  'pod-killed': async (lab, second) => {
    await lab.movedBy(0, () => lab.pod(0).kill(), 90 * second + 30_000);
    await lab.startPod(0);
  },
  'redis-away-8': (lab, second) => redisAway(lab, 8 * second),
  'redis-away-25': (lab, second) => redisAway(lab, 25 * second),
  'redis-back-empty': (lab) => lab.redis.restart(),
  flushall: async (lab) => {
    await lab.redis.client.flushall();
  },
  'zombie-pod': async (lab, second) => {
    lab.pod(0).signal('SIGSTOP');
    // Its documents are opened elsewhere when its lease is over; a while later it goes on as if nothing had been.
    await sleep(30 * second);
    lab.pod(0).signal('SIGCONT');
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;

export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[];

/**
 * Lets a fault happen under writing. Rejects if in the end a replica or the storage lacks a mark, or if a document that nobody had
 * open has lost what was saved.
 *
 * @param leaseSeconds - a shorter lease makes all times of the fault shorter.
 */
export async function runFault(name: FaultName, leaseSeconds = DEFAULT_LEASE_SECONDS): Promise<FaultResult> {
  const fault: Fault = faults[name];
  const second = (1_000 * leaseSeconds) / DEFAULT_LEASE_SECONDS;
  await using lab = await DocumentsLab.start({ config: configOf(leaseSeconds), everyMs: WRITE_EVERY_MS });
  const quiet = await writeAndLeave(lab);
  await until(
    'everybody has written',
    () => lab.writers.every((one) => one.written.length >= MARKS_BEFORE),
    SLOW,
  );
  for (const writer of lab.writers) writer.longestSilenceMs = 0;
  await fault(lab, second);
  await everybodyIsAnswered(lab, 90 * second + 30_000);
  const silences = lab.writers.map((writer) => writer.longestSilenceMs);
  await lab.converged(90 * second + 30_000);
  return {
    fault: name,
    leaseSeconds,
    silenceMs: { median: percentile(silences, 50), max: percentile(silences, 100) },
    cutOff: lab.writers.filter((writer) => writer.gaps.length > 0).length,
    marks: lab.writers.reduce((sum, writer) => sum + writer.written.length, 0),
    quiet: await readAgain(lab, quiet),
  };
}

function configOf(leaseSeconds: number): RouteConfigInput {
  if (leaseSeconds === DEFAULT_LEASE_SECONDS) return {};
  return { leaseSeconds, heartbeatSeconds: leaseSeconds / 6 };
}

async function redisAway({ redis }: DocumentsLab, ms: number): Promise<void> {
  redis.pause();
  await sleep(ms);
  redis.resume();
}

/** Each writer writes once more, and has everything acknowledged. */
async function everybodyIsAnswered(lab: DocumentsLab, withinMs: number): Promise<void> {
  const before = new Map(lab.writers.map((writer) => [writer, writer.written.length]));
  const isAnswered = (writer: (typeof lab.writers)[number]): boolean =>
    writer.isSynced && writer.written.length > before.get(writer)!;
  const waiting = new Set(lab.writers);
  await until(
    'everybody is answered',
    () => {
      for (const writer of waiting) if (isAnswered(writer)) waiting.delete(writer);
      return waiting.size === 0;
    },
    { withinMs },
  );
}

/** Documents with saved marks, open at a pod and without a provider. */
async function writeAndLeave(lab: DocumentsLab): Promise<string[]> {
  const documents = Array.from({ length: QUIET_DOCUMENTS }, (_, index) => `quiet-${index}`);
  const writers = documents.map((document) => lab.writer({ document, name: document }));
  await until('the quiet documents are open', () => writers.every((writer) => writer.isSynced), SLOW);
  for (const writer of writers) for (let mark = 0; mark < QUIET_MARKS; mark++) writer.write();
  await until(
    'the quiet documents are saved',
    async () => {
      const saved = await Promise.all(documents.map((document) => lab.saved(document)));
      return saved.every((marks) => marks.length === QUIET_MARKS);
    },
    SLOW,
  );
  for (const writer of writers) writer.leave();
  return documents;
}

async function readAgain(lab: DocumentsLab, documents: readonly string[]): Promise<FaultResult['quiet']> {
  const readers = documents.map((document) => lab.writer({ document, name: `reader of ${document}` }));
  await until('the quiet documents are open again', () => readers.every((reader) => reader.isSynced), SLOW);
  const read = readers.reduce((sum, reader) => sum + new Set(reader.marks()).size, 0);
  return { saved: documents.length * QUIET_MARKS, read };
}
