/** The facts in a server's reply to `INFO`; `undefined` for those it leaves out. */
export interface ServerFacts {
  /** `standalone`, `cluster`, `sentinel`, or another word of the server. */
  readonly mode: string | undefined;
  readonly role: string | undefined;
  /** The version of Redis, or of the Redis that the server is compatible with. */
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
  // Valkey calls it `server_mode`.
  const mode = fields.get('redis_mode') ?? fields.get('server_mode');
  return {
    mode: fields.get('cluster_enabled') === '1' ? 'cluster' : mode,
    role: fields.get('role'),
    version: fields.get('redis_version'),
    maxmemoryPolicy: fields.get('maxmemory_policy'),
  };
}
