import { type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import type { CancelTimer, Clock } from '@stateful-route/core';
import type { Attempt, AttemptReports } from './attempt.ts';
import { type HeaderList, receivedHeaders } from './headers.ts';
import type { PodEndpoint } from './pod-address.ts';
import { CONNECT_MS, type PodConnections } from './pod-connections.ts';
import type { BodySink, RequestBody } from './request-body.ts';
import { hasNoBody, ROUTE_HEADER, saysNotMine } from './resend-rules.ts';

/** How long a pod is given to say that it wants the body. Many servers never say it. */
const CONTINUE_WAIT_MS = 1_000;

/** A body that has not ended after it was streamed for so long is kept no longer: from then on its own time counts. */
const KEEP_MS = 1_000;

/** What a request with a streamed body is sent with. */
export interface ContinueRequest {
  readonly endpoint: PodEndpoint;
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: HeaderList;
  readonly body: RequestBody;
  /** Called when the pod wants the body, or has not said so in time. */
  readonly wanted: () => void;
  /** Called when the body was sent. */
  readonly bodySent: () => void;
}

/** A request with `Expect: 100-continue`, whose body is read from the client only when the pod wants it. */
export class ContinueAttempt implements Attempt, BodySink {
  readonly #clock: Clock;
  readonly #request: ContinueRequest;
  readonly #reports: AttemptReports;
  readonly #sending: ClientRequest;
  #cancelWait: CancelTimer = () => {};
  #connectError: unknown;
  #sent = false;
  #streams = false;
  #isOver = false;

  constructor(clock: Clock, connections: PodConnections, request: ContinueRequest, reports: AttemptReports) {
    const { endpoint, method, path, headers } = request;
    this.#clock = clock;
    this.#request = request;
    this.#reports = reports;
    const sending = sendRequest({
      agent: connections.continueAgent,
      host: endpoint.hostname,
      port: endpoint.port,
      method,
      path,
      headers: [...headers, 'expect', '100-continue'],
    });
    this.#sending = sending;
    const connected = (): void => {
      this.#sent = true;
      if (!this.#isOver) this.#cancelWait = clock.setTimeout(() => this.#stream(), CONTINUE_WAIT_MS);
    };
    sending.on('socket', (socket) => {
      // In which node sends a head with Expect: bytes beyond ASCII go on as they were received.
      socket.setDefaultEncoding('latin1');
      if (!socket.connecting) {
        connected();
        return;
      }
      const cancel = clock.setTimeout(() => {
        socket.destroy(
          Object.assign(new Error('The connection was not made in time.'), { code: 'ETIMEDOUT' }),
        );
      }, CONNECT_MS);
      socket.once('connect', () => {
        cancel();
        connected();
      });
      socket.once('close', cancel);
    });
    sending.on('continue', () => this.#stream());
    sending.on('response', (answer) => this.#receive(answer));
    sending.on('upgrade', (_answer, socket) => {
      socket.destroy();
      this.#fail(new Error('The pod answered 101 to a request that asks for no upgrade.'));
    });
    sending.on('drain', () => request.body.resume());
    sending.on('error', (error) => {
      if (!this.#sent) this.#connectError = error;
      this.#fail(error);
    });
    sending.flushHeaders();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#sending.destroy();
  }

  write(chunk: Buffer): boolean {
    return this.#sending.write(chunk);
  }

  end(): void {
    this.#cancelWait();
    this.#sending.end();
    this.#request.bodySent();
  }

  #stream(): void {
    if (this.#isOver || this.#streams) return;
    this.#streams = true;
    this.#cancelWait();
    const { body, wanted } = this.#request;
    this.#cancelWait = this.#clock.setTimeout(() => body.commit(), KEEP_MS);
    wanted();
    body.streamInto(this);
  }

  #receive(answer: IncomingMessage): void {
    if (this.#isOver) {
      answer.resume();
      return;
    }
    const { statusCode = 0, statusMessage, rawHeaders } = answer;
    const headers = receivedHeaders(rawHeaders);
    this.#cancelWait();
    if (saysNotMine(statusCode, headers[ROUTE_HEADER])) {
      this.#finish();
      answer.resume();
      if (hasNoBody(headers)) this.#endConnection(answer);
      else answer.socket.destroy();
      this.#reports.notMine();
      return;
    }
    try {
      this.#reports.begin(statusCode, statusMessage, headers);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const resume = (): void => {
      answer.resume();
    };
    answer.on('data', (chunk: Buffer) => {
      if (!this.#isOver && !this.#reports.write(chunk, resume)) answer.pause();
    });
    const endsByClose = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
    answer.on('end', () => {
      if (this.#isOver || !answer.complete) return;
      // Node takes the reset of such an answer for its end.
      if (endsByClose && answer.socket.errored) {
        this.#fail(answer.socket.errored);
        return;
      }
      this.#finish();
      this.#endConnection(answer);
      this.#reports.end(answer.trailers);
    });
    answer.on('close', () => {
      if (!answer.complete) this.#fail(new Error('The connection ended in the middle of the answer.'));
    });
    // Node emits it besides 'close' if there is a listener, else it would be unhandled.
    answer.on('error', () => {});
  }

  /** A connection on which a body was announced and not sent whole cannot carry another request. */
  #endConnection(answer: IncomingMessage): void {
    if (!this.#sending.writableFinished) answer.socket.destroy();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#finish();
    this.#sending.destroy();
    this.#reports.failed({
      error,
      connectError: this.#connectError,
      sent: this.#sent,
      reused: this.#sending.reusedSocket,
      answered: false,
    });
  }

  #finish(): void {
    this.#isOver = true;
    this.#cancelWait();
    this.#request.body.stop();
  }
}
