import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Attempt, AttemptReports } from './attempt.ts';
import type { PodConnection, PodConnections } from './pod-connections.ts';
import { hasNoBody, ROUTE_HEADER, saysNotMine } from './resend-rules.ts';

/** A request on a kept connection. Its body, if it has one, is in memory. */
export class PoolAttempt implements Attempt, Dispatcher.DispatchHandler {
  readonly #connections: PodConnections;
  readonly #connection: PodConnection;
  readonly #reports: AttemptReports;
  #controller: Dispatcher.DispatchController | undefined;
  #reused = false;
  #answered = false;
  #notMine = false;
  #isAborted = false;
  #isEnded = false;
  /** The answer ends with its connection, so that a reset must not pass for its end. */
  #endsByClose = false;

  constructor(connections: PodConnections, connection: PodConnection, reports: AttemptReports) {
    this.#connections = connections;
    this.#connection = connection;
    this.#reports = reports;
  }

  dispatch(options: Dispatcher.DispatchOptions): void {
    this.#connection.client.dispatch(options, this);
  }

  abort(): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    if (this.#controller) this.#controller.abort(new Error('The request was given up.'));
    // It waits for its connection, which nobody else uses.
    else this.#connections.drop(this.#connection);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#reused = this.#connection.used;
    this.#connection.used = true;
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    message?: string,
  ): void {
    if (status < 200 || this.#isAborted) return;
    if (saysNotMine(status, headers[ROUTE_HEADER])) {
      this.#notMine = true;
      if (hasNoBody(headers)) return;
      this.abort();
      this.#reports.notMine();
      return;
    }
    this.#endsByClose = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
    this.#reports.begin(status, message, headers);
    if (status !== 304) return;
    // It has no body, whatever length it names. undici waits for one, and then fails.
    this.#isEnded = true;
    this.#reports.end({});
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#notMine || this.#isAborted) return;
    const resume = (): void => {
      controller.resume();
    };
    if (!this.#reports.write(chunk, resume)) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.#isAborted) return;
    const { broken } = this.#connection;
    if (broken && this.#endsByClose && !this.#notMine) {
      this.onResponseError(controller, broken);
      return;
    }
    this.#connections.keep(this.#connection);
    if (this.#notMine) this.#reports.notMine();
    else if (!this.#isEnded) this.#reports.end(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    const connection = this.#connection;
    this.#connections.drop(connection);
    if (this.#isAborted || this.#isEnded) return;
    this.#isAborted = true;
    this.#reports.failed({
      error,
      connectError: connection.connectError,
      sent: this.#controller !== undefined,
      reused: this.#reused,
      answered: this.#answered,
    });
  }
}
