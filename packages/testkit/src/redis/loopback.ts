import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Where the harness' servers listen: this machine alone. */
export const HOST = '127.0.0.1';

/** Below the range from which systems take the ports of outgoing connections: a server that is killed finds its port free. */
const FROM = 20_000;
const TO = 32_000;
const taken = new Set<number>();

/** A port on which nobody listens, and which this process hands out once. */
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
