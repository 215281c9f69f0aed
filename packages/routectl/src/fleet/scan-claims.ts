import type { Executors, Link } from '@stateful-route/core';
import type { ScanOptions, StoreInspector } from '@stateful-route/core/adapter';

/** The longest list of users that is read at once. */
const BATCH = 1_000;

/** A claim as a scan finds it. */
export interface FoundClaim {
  readonly uid: string;
  readonly link: Link;
}

/** How far a scan is. */
type OnProgress = (scanned: number, total: number | undefined) => void;

/** What a scan needs. */
export interface ClaimScan extends ScanOptions {
  readonly executors: Executors;
  readonly inspector: StoreInspector;
  readonly namespace: string;
  readonly serviceName: string;
  readonly onProgress?: OnProgress | undefined;
}

/** Finds the claims of a service, each user once. Users whose keys are damaged are left out: `doctor` names them. */
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

/** Reads the links of users, without those whose keys are damaged. */
export async function readLinks(
  { executors, namespace, serviceName, signal }: Omit<ClaimScan, 'inspector'>,
  uids: readonly string[],
): Promise<Map<string, Link>> {
  const links = new Map<string, Link>();
  for (let at = 0; at < uids.length; at += BATCH) {
    let batch = uids.slice(at, at + BATCH);
    while (batch.length > 0) {
      try {
        const some = await executors.stateful.batchGetLink(namespace, batch, serviceName, { signal });
        for (const [uid, link] of some) links.set(uid, link);
        break;
      } catch (error) {
        const { damaged } = error as { readonly damaged?: readonly string[] };
        if (damaged === undefined || damaged.length === 0) throw error;
        const bad = new Set(damaged);
        batch = batch.filter((uid) => !bad.has(uid));
      }
    }
  }
  return links;
}
