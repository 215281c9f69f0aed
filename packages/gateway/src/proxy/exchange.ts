import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type LocatedPod, NOT_MINE, type ServiceHandle, UNREACHABLE } from '@stateful-route/core';
import type { Awaiting } from '@stateful-route/core/adapter';
import { Answer } from './answer.ts';
import type { Attempt, AttemptFailure, AttemptReports } from './attempt.ts';
import { ContinueAttempt } from './continue-attempt.ts';
import { requestHeaders } from './headers.ts';
import { answers, type OwnAnswer, sendAnswer, unavailable } from './own-answers.ts';
import type { PodEndpoint } from './pod-address.ts';
import { PodSearch, type Searcher } from './pod-search.ts';
import { PoolAttempt } from './pool-attempt.ts';
import type { Proxying } from './proxying.ts';
import { type BodyEvents, RequestBody } from './request-body.ts';
import { afterFailure } from './resend-rules.ts';
import type { RequestTarget } from './target.ts';

/** A body of unknown length is collected for this long. If it has not ended by then, it is streamed. */
const COLLECT_MS = 1_000;

/**
 * Where a request stands.
 *
 * - `collecting`: a short body is read. Until it ends only the idle limit counts.
 * - `waiting`: a pod is looked for or asked; the request can still be sent to another one. The deadline counts.
 * - `streaming`: some of the body was sent on and is not kept. The idle limit counts.
 * - `awaiting`: the streamed body was sent, and the pod is to answer. The deadline counts anew.
 * - `answering`: the answer has begun. The idle limit counts.
 */
type Phase = 'collecting' | 'waiting' | 'streaming' | 'awaiting' | 'answering' | 'over';

/** One request of a client, from its head to the end of its answer. */
export class Exchange implements Awaiting, AttemptReports, BodyEvents, Searcher {
  readonly service: ServiceHandle;
  readonly uid: string;
  deadline = 0;
  readonly #proxying: Proxying;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #target: RequestTarget;
  readonly #answer: Answer;
  readonly #search: PodSearch;
  readonly #body: RequestBody | undefined;
  #phase: Phase = 'collecting';
  #attempt: Attempt | undefined;
  #endpoint: PodEndpoint | undefined;
  #podId: number | undefined;
  #wasRepeated = false;
  /** Whether the answer is a stream of events. */
  #isStream = false;
  /** Ends the collecting of a body of unknown length. */
  #cancelCollect: (() => void) | undefined;
  #activeAt = 0;

  constructor(
    proxying: Proxying,
    request: IncomingMessage,
    response: ServerResponse,
    admitted: { readonly service: ServiceHandle; readonly uid: string },
    target: RequestTarget,
  ) {
    this.service = admitted.service;
    this.uid = admitted.uid;
    this.#proxying = proxying;
    this.#request = request;
    this.#response = response;
    this.#target = target;
    this.#answer = new Answer(request, response);
    this.#search = new PodSearch(proxying, this);
    this.#body = hasBody(request) ? new RequestBody(request, proxying, this) : undefined;
  }

  run(): void {
    if (this.#body) this.#prepare(this.#body);
    else this.#find();
  }

  expire(): void {
    const { clock } = this.#proxying;
    // `service.call` keeps the deadline, and knows better why nobody served.
    if (this.#phase === 'waiting' && this.#search.isCalling) return;
    if (this.#phase === 'waiting' || this.#phase === 'awaiting') {
      this.#warn('A pod did not answer a request in time.', undefined);
      this.giveUpAttempt();
      this.refuse(answers.timeout);
      return;
    }
    const idleUntil = this.#activeAt + this.#proxying.idleMs;
    if (idleUntil > clock.monotonic()) {
      this.#expireAt(idleUntil);
      return;
    }
    this.#warn('Neither a client nor its pod sent or took anything for `idleMs`.', undefined);
    this.giveUpAttempt();
    if (this.#phase === 'answering') this.#answer.cut();
    else this.refuse(this.#body?.isEnded ? answers.timeout : answers.bodyTimeout);
  }

  // What the body tells.

  collected(): void {
    if (this.#phase !== 'collecting') return;
    this.#cancelCollect?.();
    this.#find();
  }

  active(): void {
    this.#activeAt = this.#proxying.clock.monotonic();
  }

  committed(): void {
    if (this.#phase !== 'waiting') return;
    this.#enter('streaming');
    this.#search.served();
    this.active();
    this.#expireAt(this.#activeAt + this.#proxying.idleMs);
  }

  tooLarge(): void {
    this.giveUpAttempt();
    if (this.#phase === 'answering') this.#answer.cut();
    else this.refuse(answers.bodyTooLarge);
  }

  // What the attempt tells.

  notMine(): void {
    this.#attempt = undefined;
    if (this.#phase === 'waiting') this.#search.notServed(NOT_MINE, this.#leftMs());
    else this.refuse(answers.mustRepeat);
  }

  begin(status: number, message: string | undefined, headers: IncomingHttpHeaders): void {
    this.#answer.begin(status, message, headers);
    this.#isStream = headers['content-type']?.startsWith('text/event-stream') ?? false;
    if (this.#isStream) this.#proxying.streams.add(this);
    this.#enter('answering');
    this.#search.served();
    this.active();
    this.#expireAt(this.#activeAt + this.#proxying.idleMs);
  }

  write(chunk: Buffer, resume: () => void): boolean {
    this.active();
    return this.#answer.write(chunk, resume);
  }

  end(trailers: IncomingHttpHeaders): void {
    this.#attempt = undefined;
    this.#answer.end(trailers);
  }

  failed(failure: AttemptFailure): void {
    this.#attempt = undefined;
    const { error, connectError, sent } = failure;
    if (this.#phase === 'answering') {
      if (!this.#answer.isEnded) this.#warn('A pod ended its connection in the middle of an answer.', error);
      this.#answer.cut();
      return;
    }
    const next = afterFailure({ ...failure, method: this.#request.method, wasRepeated: this.#wasRepeated });
    if (next === 'unreachable') {
      this.#warn('No connection to a pod could be made.', connectError);
      this.#search.notServed(UNREACHABLE, this.#leftMs());
    } else if (next === 'repeat' && this.#body === undefined) {
      this.#wasRepeated = true;
      this.#send(this.#endpoint!);
    } else if (sent) {
      this.#warn('A pod ended its connection before it answered.', error);
      this.refuse(answers.badGateway);
    } else if (connectError === undefined) {
      this.#warn('A request could not be sent on as it is.', error);
      this.refuse({ status: 400, body: 'The request cannot be forwarded.' });
    } else {
      this.#warn('This process could not open a connection.', connectError);
      this.refuse(unavailable('The gateway is out of resources.', 1_000));
    }
  }

  // What the search asks for.

  sendTo(endpoint: PodEndpoint, { podId }: LocatedPod): void {
    this.#endpoint = endpoint;
    this.#podId = podId;
    this.#send(endpoint);
  }

  giveUpAttempt(): boolean {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.abort();
    return attempt !== undefined;
  }

  refuse(answer: OwnAnswer): void {
    if (this.#phase === 'over' || this.#phase === 'answering') return;
    this.#enter('answering');
    this.#search.cancel();
    this.active();
    this.#expireAt(this.#activeAt + this.#proxying.idleMs);
    sendAnswer(this.#response, answer);
    this.#body?.discard();
  }

  // The steps.

  #prepare(body: RequestBody): void {
    const { replayBytes, maxBodyBytes, clock, idleMs } = this.#proxying;
    const { 'content-length': length } = this.#request.headers;
    const bytes = length === undefined ? 0 : Number(length);
    if (this.#request.readableEnded) {
      this.#warn(
        'The body of a request was read before the gateway got it. Put the gateway before body parsers.',
        undefined,
      );
      this.refuse({ status: 500, body: 'The gateway failed.' });
    } else if (bytes > maxBodyBytes) {
      this.refuse(answers.bodyTooLarge);
    } else if (this.#awaitsContinue() || bytes > replayBytes) {
      this.#find();
    } else {
      this.active();
      this.#expireAt(this.#activeAt + idleMs);
      if (length === undefined) this.#cancelCollect = clock.setTimeout(() => this.collected(), COLLECT_MS);
      body.collect();
    }
  }

  #find(): void {
    const { clock, callTimeoutMs, counts, maxPending } = this.#proxying;
    if (counts.pending >= maxPending) {
      this.refuse(answers.full);
      return;
    }
    this.#enter('waiting');
    this.#expireAt(clock.monotonic() + callTimeoutMs);
    this.#search.start(callTimeoutMs);
  }

  #send(endpoint: PodEndpoint): void {
    const { connections } = this.#proxying;
    const body = this.#body;
    const whole = body?.whole;
    if (body && whole === undefined) {
      this.#attempt = this.#streamTo(endpoint, body);
      return;
    }
    const attempt = new PoolAttempt(connections, connections.take(endpoint, this.#wasRepeated), this);
    this.#attempt = attempt;
    attempt.dispatch({
      path: this.#target.path,
      method: this.#request.method!,
      headers: requestHeaders(this.#request, this.uid, this.#target, this.#proxying.trustProxy),
      body: whole ?? null,
    });
  }

  #streamTo(endpoint: PodEndpoint, body: RequestBody): Attempt {
    const { clock, connections } = this.#proxying;
    const headers = requestHeaders(this.#request, this.uid, this.#target, this.#proxying.trustProxy);
    if (this.#target.host === undefined) headers.push('host', new URL(endpoint.origin).host);
    const { 'content-length': length } = this.#request.headers;
    if (length === undefined) headers.push('transfer-encoding', 'chunked');
    else headers.push('content-length', length);
    const sent = {
      endpoint,
      method: this.#request.method,
      path: this.#target.path,
      headers,
      body,
      wanted: () => {
        if (this.#awaitsContinue()) this.#response.writeContinue();
      },
      bodySent: () => {
        if (this.#phase !== 'streaming') return;
        this.#enter('awaiting');
        this.#expireAt(clock.monotonic() + this.#proxying.callTimeoutMs);
      },
    };
    return new ContinueAttempt(clock, connections, sent, this);
  }

  /** Whether the client sends its body only after a 100. Node has sent one already if the server has no `checkContinue`. */
  #awaitsContinue(): boolean {
    const { _sent100: wasSent } = this.#response as { readonly _sent100?: boolean };
    return (
      this.#request.headers.expect !== undefined && this.#request.httpVersionMinor > 0 && wasSent !== true
    );
  }

  /** Ends a stream of events. */
  cut(): void {
    this.giveUpAttempt();
    this.#answer.cut();
  }

  /** The client's connection has ended, or was given all of the answer. */
  close(): void {
    this.#enter('over');
    this.#proxying.deadlines.delete(this);
    if (this.#isStream) this.#proxying.streams.delete(this);
    this.#cancelCollect?.();
    this.#search.cancel();
    this.giveUpAttempt();
    this.#body?.discard();
  }

  #enter(phase: Phase): void {
    const { counts } = this.#proxying;
    const wasPending = isPending(this.#phase);
    const isNowPending = isPending(phase);
    if (wasPending !== isNowPending) counts.pending += isNowPending ? 1 : -1;
    this.#phase = phase;
  }

  #leftMs(): number {
    return this.deadline - this.#proxying.clock.monotonic();
  }

  #expireAt(deadline: number): void {
    this.deadline = deadline;
    this.#proxying.deadlines.add(this);
  }

  #warn(message: string, error: unknown): void {
    const { namespace, serviceName } = this.service;
    this.#proxying.logger.warn({ namespace, serviceName, podId: this.#podId, uid: this.uid, error }, message);
  }
}

function isPending(phase: Phase): boolean {
  return phase === 'waiting' || phase === 'streaming' || phase === 'awaiting';
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}
