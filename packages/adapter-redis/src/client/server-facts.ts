/** What a server says of itself; `undefined` where it does not. */
export interface ServerFacts {
  /** `standalone`, `cluster`, `sentinel`, or what else a server calls it. */
  readonly mode: string | undefined;
  readonly role: string | undefined;
  /** Of Redis, or of the Redis that it is compatible with. */
  readonly version: string | undefined;
  readonly maxmemoryPolicy: string | undefined;
}

/** Reads the reply to `INFO`. */
export function serverFacts(info: string): ServerFacts {
  const fields = new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const at = line.indexOf(':');
      return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
  // Valkey has a name of its own for the first of the two.
  const mode = fields.get('redis_mode') ?? fields.get('server_mode');
  return {
    mode: fields.get('cluster_enabled') === '1' ? 'cluster' : mode,
    role: fields.get('role'),
    version: fields.get('redis_version'),
    maxmemoryPolicy: fields.get('maxmemory_policy'),
  };
}
