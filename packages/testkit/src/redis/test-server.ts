/** A Redis for tests. */
export interface TestRedis {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** A given server, a container, or a process on this machine. */
  readonly kind: 'url' | 'container' | 'local';
  /** Ends what `testRedis` started. On a given server it only removes this process's keys. */
  stop(): Promise<void>;
}
