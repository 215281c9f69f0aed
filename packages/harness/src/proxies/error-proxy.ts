import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { HOST } from '@stateful-route/testkit/redis';

/** A proxy that rewrites a server's error replies. */
export interface ErrorProxy {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a proxy that rewrites each error reply, also inside lists. For the error texts of other servers and versions.
 *
 * @param rewrite - maps an error's text, such as `READONLY You can't write …`, to the text that the client reads.
 */
export async function startErrorProxy(
  host: string,
  port: number,
  rewrite: (text: string) => string,
): Promise<ErrorProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host, port, noDelay: true });
    const replies = new ErrorRewriter(rewrite);
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => near.write(replies.take(data)));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  return {
    url: `redis://${HOST}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const LINE_END = '\r\n';
/** Prefixes of lines that announce a number of raw bytes. */
const SIZED = new Set(['$', '!', '=']);

/** A parser of Redis' protocol for a stream of chunks. */
class ErrorRewriter {
  readonly #rewrite: (text: string) => string;
  #pending = Buffer.alloc(0);
  /** How many raw bytes are still to come. */
  #dataLeft = 0;

  constructor(rewrite: (text: string) => string) {
    this.#rewrite = rewrite;
  }

  /** Takes a chunk, and returns the bytes that may be sent to the client. */
  take(arrived: Buffer): Buffer {
    let rest = Buffer.concat([this.#pending, arrived]);
    const passed: Buffer[] = [];
    for (;;) {
      const data = rest.subarray(0, this.#dataLeft);
      this.#dataLeft -= data.length;
      passed.push(data);
      rest = rest.subarray(data.length);
      const end = rest.indexOf(LINE_END);
      if (end < 0) break;
      passed.push(Buffer.from(this.#line(rest.toString('utf8', 0, end)) + LINE_END));
      rest = rest.subarray(end + LINE_END.length);
    }
    this.#pending = rest;
    return Buffer.concat(passed);
  }

  #line(line: string): string {
    if (line.startsWith('-')) return `-${this.#rewrite(line.slice(1))}`;
    const size = SIZED.has(line.charAt(0)) ? Number(line.slice(1)) : -1;
    if (size >= 0) this.#dataLeft = size + LINE_END.length;
    return line;
  }
}
