import type { Executors, Link } from '@stateful-route/core';
import type { ScanOptions, StoreInspector } from '@stateful-route/core/adapter';
import { readUndamaged } from '../store/read-undamaged.ts';

/** The longest list of users that is read at once. */
const BATCH = 1_000;

/** A claim as a scan finds it. */
export interface FoundClaim {
  readonly uid: string;
  readonly link: Link;
}

/** What a scan needs. */
export interface ClaimScan extends ScanOptions {
  readonly executors: Pick<Executors, 'stateful'>;
  readonly inspector: Pick<StoreInspector, 'scanLinks'>;
  readonly namespace: string;
  readonly serviceName: string;
  /** Told how many keys were read so far, and about how many there are. */
  readonly onProgress?: ((scanned: number, total: number | undefined) => void) | undefined;
}

/**
 * Finds the claims of a service by a scan of the whole store at a rate, each user once, as pages. It is no reading of one moment:
 * see `StoreInspector.scanLinks`. Users whose keys are damaged are left out. Rejects as the store's calls do, and with the
 * signal's reason. It may be repeated.
 */
export async function* scanClaims(scan: ClaimScan): AsyncGenerator<readonly FoundClaim[]> {
  const { inspector, namespace, serviceName, keysPerSecond, signal, onProgress } = scan;
  const seen = new Set<string>();
  for await (const page of inspector.scanLinks(namespace, { serviceName, keysPerSecond, signal })) {
    onProgress?.(page.scanned, page.total);
    const uids = page.found.map(({ uid }) => uid).filter((uid) => !seen.has(uid) && seen.add(uid));
    const links = await readLinks(scan, uids);
    const claims = [...links].flatMap(([uid, link]) => (link.permanent ? [{ uid, link }] : []));
    if (claims.length > 0) yield claims;
  }
}

/**
 * The claims of an ordinal by its roster, each user once, as pages. Only a pod with `deadOwner: 'wait'` has a roster. Otherwise as
 * {@link scanClaims}.
 */
export async function* rosterClaims(
  scan: Omit<ClaimScan, 'inspector'>,
  podId: number,
): AsyncGenerator<readonly FoundClaim[]> {
  const { executors, namespace, serviceName, signal } = scan;
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await executors.stateful.readRoster(namespace, serviceName, podId, { cursor, signal });
    ({ cursor } = page);
    const uids = page.entries.map(({ uid }) => uid).filter((uid) => !seen.has(uid) && seen.add(uid));
    const links = await readLinks(scan, uids);
    yield [...links].flatMap(([uid, link]) =>
      link.permanent && link.podId === podId ? [{ uid, link }] : [],
    );
  } while (cursor !== undefined);
}

/** Reads the links of users, without those whose keys are damaged. Rejects as the store's calls do. It may be repeated. */
export async function readLinks(
  { executors, namespace, serviceName, signal }: Omit<ClaimScan, 'inspector'>,
  uids: readonly string[],
): Promise<Map<string, Link>> {
  const links = new Map<string, Link>();
  for (let at = 0; at < uids.length; at += BATCH) {
    const { found } = await readUndamaged(uids.slice(at, at + BATCH), (batch) =>
      executors.stateful.batchGetLink(namespace, batch, serviceName, { signal }),
    );
    for (const [uid, link] of found) links.set(uid, link);
  }
  return links;
}
