/** How serious a finding is: `error` breaks a promise now, `warning` costs one under some condition. */
export type FindingLevel = 'error' | 'warning';

/** Something that is wrong with a store, or with what it holds. */
export interface Finding {
  readonly level: FindingLevel;
  /** What it is about: a server, a key, a pod or a user. */
  readonly subject: string;
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The result of one check. It has passed if there is no finding. */
export interface StoreCheck {
  /** What was checked, in a word or two. */
  readonly name: string;
  /** What was seen, or why nothing could be seen. */
  readonly detail: string;
  readonly findings: readonly Finding[];
}

/** How a scan is made. */
export interface ScanOptions {
  /** Reads at most so many keys of the store a second, also those of others. Default: 10,000. */
  readonly keysPerSecond?: number | undefined;
  /** Ends the scan, which then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A part of a scan. */
export interface ScanPage<Found> {
  readonly found: readonly Found[];
  /** How many keys were read so far, those of others included. */
  readonly scanned: number;
  /** About how many keys there are; `undefined` if the store does not tell. */
  readonly total: number | undefined;
}

/** A link, as a scan finds it: which pod it names has to be read. */
export interface ScannedLink {
  readonly uid: string;
  readonly serviceName: string;
}

/** What `scanFaults` looks for. `damage`: keys that cannot be read. `mismatch`: keys of one user that contradict each other. */
export type KeyFaultKind = 'damage' | 'mismatch';

/** A fault of a key, or of the keys of one user. */
export interface KeyFault extends Finding {
  readonly kind: KeyFaultKind;
}

/**
 * Reads what the ports do not show: all links of a namespace, damaged keys, and settings of the servers. It is for operators'
 * tools. It writes nothing, but for what {@link StoreInspector.checkRights} says.
 *
 * Its calls reject with `STORE_ERROR` as the ports' do. All may be repeated.
 */
export interface StoreInspector {
  /**
   * Finds the links of a namespace, or of one of its services, by a scan of the whole store at a rate. A link that exists during
   * the whole scan is found at least once, perhaps several times; one that is made, removed or moved to another server meanwhile
   * may be missing.
   */
  scanLinks(
    namespace: string,
    options?: ScanOptions & { readonly serviceName?: string | undefined },
  ): AsyncIterable<ScanPage<ScannedLink>>;

  /** Checks each key of a namespace by such a scan. A mismatch is reported if it is the same in several readings. */
  scanFaults(namespace: string, options?: ScanOptions): AsyncIterable<ScanPage<KeyFault>>;

  /** Checks the settings of the servers: version and role, eviction, persistence, clocks. */
  checkServers(): Promise<readonly StoreCheck[]>;

  /**
   * Checks the rights of the user that is logged in, for reading or for everything. The check for everything writes and removes
   * one key of the namespace, in one step.
   */
  checkRights(namespace: string, rights: 'read' | 'all'): Promise<StoreCheck>;
}
