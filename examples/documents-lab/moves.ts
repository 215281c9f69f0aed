import { until } from '@stateful-route/harness';
import { DocumentsLab, type LabOptions } from './documents-lab.ts';
import { percentile } from './percentile.ts';
import type { Gap, Writer } from './writer.ts';

/** How providers saw their documents move. */
export interface Moves {
  readonly saveMs: number;
  /** How often a provider was moved. */
  readonly moves: number;
  /** Of a provider: from its last update that the old pod acknowledged to its first that the new one did, in ms. */
  readonly gapMs: Spread;
  /** Of a document, so of the updates of both its providers. */
  readonly documentGapMs: Spread;
  /** The same of providers that connect again, as many at once, to documents that do not move: what no move can undercut. */
  readonly reconnectGapMs: Spread;
  /** Marks that all replicas and the storage have in the end, each once. */
  readonly marks: number;
  /** Of providers that left at the move: how many marks were acknowledged, and how many of them were saved. */
  readonly left: { readonly acknowledged: number; readonly saved: number };
}

interface Spread {
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

/** How many providers leave for good when their document moves. Each is alone on its document. */
const LEAVERS = 12;
/** How many marks a provider has had acknowledged before the first move. */
const MARKS_BEFORE = 10;

/**
 * Ends each pod in turn by SIGTERM under writing, and starts it again. Rejects if a mark is lost or doubled in the end.
 */
export async function measureMoves(options: LabOptions = {}): Promise<Moves> {
  await using lab = await DocumentsLab.start(options);
  const leavers = await startLeavers(lab);
  await until('everybody has written', () => lab.writers.every((one) => one.written.length >= MARKS_BEFORE), {
    withinMs: 60_000,
  });
  const reconnects = await measureReconnects(lab);
  for (const podId of [0, 1, 2]) {
    await lab.movedBy(podId, () => lab.endPod(podId), 60_000);
    await lab.startPod(podId);
  }
  await lab.converged(60_000);
  const gaps = lab.writers.flatMap((writer) => writer.gaps);
  return {
    saveMs: options.saveMs ?? 0,
    moves: gaps.length,
    gapMs: spreadOf(gaps),
    documentGapMs: spreadOf(documentGaps(lab.writers)),
    reconnectGapMs: spreadOf(reconnects),
    marks: lab.writers.reduce((sum, writer) => sum + writer.written.length, 0),
    left: await savedOf(lab, leavers),
  };
}

async function measureReconnects(lab: DocumentsLab): Promise<Gap[]> {
  const documents = new Set(await lab.documentsOf(0));
  const writers = lab.writers.filter(({ document }) => documents.has(document));
  for (const writer of writers) writer.reconnect();
  await until('they are connected again', () => writers.every(({ gaps }) => gaps.length > 0), {
    withinMs: 60_000,
  });
  return writers.flatMap(({ gaps }) => gaps.splice(0));
}

/** The moves of documents whose providers have all seen the same ones. */
function documentGaps(writers: readonly Writer[]): Gap[] {
  const first = new Map<string, Writer>();
  return writers.flatMap((second) => {
    const other = first.get(second.document);
    first.set(second.document, second);
    if (other?.gaps.length !== second.gaps.length) return [];
    return other.gaps.map(({ from, to }, nth) => ({
      from: Math.max(from, second.gaps[nth]!.from),
      to: Math.min(to, second.gaps[nth]!.to),
    }));
  });
}

function spreadOf(gaps: readonly Gap[]): Spread {
  const lengths = gaps.map(({ from, to }) => to - from);
  return {
    median: percentile(lengths, 50),
    p90: percentile(lengths, 90),
    max: percentile(lengths, 100),
  };
}

async function startLeavers(lab: DocumentsLab): Promise<Writer[]> {
  const leavers = Array.from({ length: LEAVERS }, (_, index) =>
    lab.writer({ document: `leaver-${index}`, name: `leaver-${index}`, leavesAtClose: true }),
  );
  await until('the leavers are connected', () => leavers.every((leaver) => leaver.isSynced), {
    withinMs: 60_000,
  });
  for (const leaver of leavers) leaver.start();
  return leavers;
}

/** What was saved of what the old pods had acknowledged. */
async function savedOf(lab: DocumentsLab, leavers: readonly Writer[]): Promise<Moves['left']> {
  let acknowledged = 0;
  let saved = 0;
  for (const { document, written, acknowledgedAtClose = 0 } of leavers) {
    const marks = new Set(await lab.saved(document));
    const first = written.slice(0, acknowledgedAtClose);
    acknowledged += first.length;
    saved += first.filter((mark) => marks.has(mark)).length;
  }
  return { acknowledged, saved };
}
