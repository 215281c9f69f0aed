import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { answerHeaders } from './headers.ts';

const NOTHING = Buffer.alloc(0);

/** A pod's answer as it is sent on to the client. It looks complete only if the pod's was. */
export class Answer {
  /** Whether all of it was given to the client's connection. */
  isEnded = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** What is left of the length that the pod named. */
  #left: number | undefined;
  /** Whether the client can tell a whole answer from one that was cut. */
  #isDelimited = true;
  #isFlushed = false;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  /** Throws if the head cannot be sent; then nothing was. */
  begin(status: number, message: string | undefined, headers: IncomingHttpHeaders): void {
    // Node takes one without an Upgrade for an answer.
    if (status < 200) throw new Error(`The pod answered ${status} to a request that asks for no upgrade.`);
    const list = answerHeaders(status, headers);
    this.#response.writeHead(status, message, list);
    const hasBody = this.#request.method !== 'HEAD' && status !== 204 && status !== 304;
    if (!hasBody) return;
    const length = headers['content-length'];
    if (length !== undefined) this.#left = Number(length);
    this.#isDelimited = length !== undefined || this.#request.httpVersionMinor > 0;
    // The body's first part comes in the same turn, or the head goes alone.
    process.nextTick(flush, this);
  }

  /** Returns false if the client takes no more for now; then `resume` is called when it does. */
  write(chunk: Buffer, resume: () => void): boolean {
    if (this.isEnded) return true;
    this.#isFlushed = true;
    if (this.#left !== undefined) {
      this.#left -= chunk.length;
      if (this.#left <= 0) {
        this.isEnded = true;
        this.#response.end(chunk);
        return true;
      }
    }
    if (this.#response.write(chunk)) return true;
    this.#response.once('drain', resume);
    return false;
  }

  end(trailers: IncomingHttpHeaders): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const names = Object.keys(trailers);
    if (names.length > 0) {
      const list = answerHeaders(200, trailers);
      const pairs: [string, string][] = [];
      for (let at = 0; at < list.length; at += 2) pairs.push([list[at]!, list[at + 1]!]);
      this.#response.addTrailers(pairs.filter(([name]) => name !== 'content-length'));
    }
    this.#response.end();
  }

  /** Ends the client's connection in the middle of the answer. */
  cut(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const { socket } = this.#response;
    // An answer that ends with its connection would look whole after an orderly end.
    if (!this.#isDelimited && socket instanceof Socket) socket.resetAndDestroy();
    else this.#response.destroy();
  }

  flush(): void {
    if (this.#isFlushed || this.isEnded) return;
    this.#isFlushed = true;
    // Unlike `flushHeaders` it sends bytes beyond ASCII as they were received.
    this.#response.write(NOTHING);
  }
}

function flush(answer: Answer): void {
  answer.flush();
}
