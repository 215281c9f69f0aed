import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The servers of tests listen on this machine only. */
export const HOST = '127.0.0.1';

/** Below the port range of outgoing connections, so that a killed server finds its port free again. */
const FROM = 20_000;
const TO = 32_000;
const taken = new Set<number>();

/** A free port. No two calls of this process return the same. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FROM, TO);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => {
      server.close(() => resolve(true));
    });
  });
}
