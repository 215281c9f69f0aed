import { type ClientRequest, type IncomingMessage, request as sendRequest, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type LocatedPod, NOT_MINE, type ServiceHandle, UNREACHABLE } from '@stateful-route/core';
import type { Awaiting } from '@stateful-route/core/adapter';
import { Answer } from './answer.ts';
import { answerHeaders, receivedHeaders, requestHeaders } from './headers.ts';
import { answers, type OwnAnswer, sendAnswer, unavailable } from './own-answers.ts';
import type { PodEndpoint } from './pod-address.ts';
import { CONNECT_MS, TCP_KEEP_ALIVE_MS } from './pod-connections.ts';
import { PodSearch, type Searcher } from './pod-search.ts';
import type { Proxying } from './proxying.ts';
import { isOwnFault, ROUTE_HEADER, saysNotMine } from './resend-rules.ts';
import type { RequestTarget } from './target.ts';
import { Tunnel } from './tunnel.ts';
import type { Tunnels } from './tunnels.ts';

/** A request for an upgrade, as `node:http` hands it over. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Asks for an upgrade at the user's pod. The client's is accepted only after the pod's; a refusal is passed on. */
export class Upgrade implements Awaiting, Searcher {
  readonly service: ServiceHandle;
  readonly uid: string;
  deadline = 0;
  readonly #proxying: Proxying;
  readonly #tunnels: Tunnels;
  readonly #upgrade: UpgradeRequest;
  readonly #target: RequestTarget;
  readonly #search: PodSearch;
  readonly #settled: () => void;
  #sending: ClientRequest | undefined;
  #isPending = true;

  /** @param settled - called once, when the answer begins or nobody waits for it. */
  constructor(
    proxying: Proxying,
    tunnels: Tunnels,
    upgrade: UpgradeRequest,
    admitted: { readonly service: ServiceHandle; readonly uid: string },
    target: RequestTarget,
    settled: () => void,
  ) {
    this.#settled = settled;
    this.service = admitted.service;
    this.uid = admitted.uid;
    this.#proxying = proxying;
    this.#tunnels = tunnels;
    this.#upgrade = upgrade;
    this.#target = target;
    this.#search = new PodSearch(proxying, this);
  }

  run(): void {
    const { clock, callTimeoutMs, counts, deadlines } = this.#proxying;
    counts.pending += 1;
    this.#upgrade.socket.on('close', this.#clientClosed);
    this.deadline = clock.monotonic() + callTimeoutMs;
    deadlines.add(this);
    this.#search.start(callTimeoutMs);
  }

  expire(): void {
    if (!this.#isPending || this.#search.isCalling) return;
    this.#warn('A pod did not answer an upgrade in time.', undefined, undefined);
    this.giveUpAttempt();
    this.refuse(answers.timeout);
  }

  sendTo(endpoint: PodEndpoint, { podId }: LocatedPod): void {
    const { request } = this.#upgrade;
    const headers = requestHeaders(request, this.uid, this.#target, this.#proxying.trustProxy);
    if (this.#target.host === undefined) headers.push('host', new URL(endpoint.origin).host);
    headers.push('connection', 'Upgrade', 'upgrade', request.headers.upgrade ?? '');
    const connection = connectTo(endpoint, this.#proxying);
    const sending = sendRequest({
      createConnection: () => connection,
      method: request.method,
      path: this.#target.path,
      headers,
    });
    this.#sending = sending;
    let isSent = false;
    connection.once('connect', () => {
      isSent = true;
    });
    sending.on('upgrade', (answer, pod, head) => {
      if (this.#sending === sending) this.#accept(podId, answer, pod, head);
      else pod.destroy();
    });
    sending.on('response', (answer) => {
      if (this.#sending === sending) this.#refused(answer);
      else answer.destroy();
    });
    sending.on('error', (error) => {
      if (this.#sending !== sending) return;
      this.#sending = undefined;
      this.#failed(podId, error, isSent);
    });
    sending.end();
  }

  giveUpAttempt(): boolean {
    const sending = this.#sending;
    this.#sending = undefined;
    sending?.destroy();
    return sending !== undefined;
  }

  refuse(answer: OwnAnswer): void {
    if (!this.#isPending) return;
    this.#settle();
    refuseUpgrade(this.#upgrade, answer);
  }

  readonly #clientClosed = (): void => {
    this.#settle();
    this.giveUpAttempt();
  };

  /** The answer begins: nothing more is asked. */
  #settle(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#proxying.counts.pending -= 1;
    this.#proxying.deadlines.delete(this);
    this.#upgrade.socket.off('close', this.#clientClosed);
    this.#search.cancel();
    this.#settled();
  }

  #accept(podId: number, answer: IncomingMessage, pod: Socket, head: Buffer): void {
    this.#sending = undefined;
    this.#settle();
    const { socket: client, request, head: clientHead } = this.#upgrade;
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    keepAlive(client);
    client.write(switching(answer), 'latin1');
    let ended = (): void => {};
    const tunnel = new Tunnel(this.#proxying.clock, { client, pod, isWebSocket }, () => ended());
    tunnel.open(head, clientHead);
    if (client.destroyed) return;
    ended = this.#tunnels.add(this.service, podId, tunnel);
  }

  #refused(answer: IncomingMessage): void {
    const headers = receivedHeaders(answer.rawHeaders);
    this.#sending = undefined;
    if (saysNotMine(answer.statusCode ?? 0, headers[ROUTE_HEADER])) {
      answer.destroy();
      const leftMs = this.deadline - this.#proxying.clock.monotonic();
      this.#search.notServed(NOT_MINE, leftMs);
      return;
    }
    this.#settle();
    const { request } = this.#upgrade;
    const response = responseTo(this.#upgrade);
    const passed = new Answer(request, response);
    passed.begin(answer.statusCode ?? 502, answer.statusMessage, { ...headers, connection: 'close' });
    answer.on('data', (chunk: Buffer) => {
      if (!passed.write(chunk, () => answer.resume())) answer.pause();
    });
    answer.on('end', () => {
      if (answer.complete) passed.end({});
    });
    answer.on('error', () => {});
    answer.on('close', () => {
      passed.cut();
    });
    response.on('close', () => answer.destroy());
  }

  #failed(podId: number, error: Error, isSent: boolean): void {
    if (isSent) {
      this.#warn('A pod ended its connection before it answered an upgrade.', podId, error);
      this.refuse(answers.badGateway);
    } else if (isOwnFault(error)) {
      this.#warn('This process could not open a connection.', podId, error);
      this.refuse(unavailable('The gateway is out of resources.', 1_000));
    } else {
      this.#warn('No connection to a pod could be made.', podId, error);
      this.#search.notServed(UNREACHABLE, this.deadline - this.#proxying.clock.monotonic());
    }
  }

  #warn(message: string, podId: number | undefined, error: unknown): void {
    const { namespace, serviceName } = this.service;
    this.#proxying.logger.warn({ namespace, serviceName, podId, uid: this.uid, error }, message);
  }
}

/** Answers a request for an upgrade as if it were a plain one, and ends its connection. */
export function refuseUpgrade(upgrade: UpgradeRequest, answer: OwnAnswer): void {
  sendAnswer(responseTo(upgrade), answer);
}

function responseTo({ request, socket }: UpgradeRequest): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  socket.on('error', () => {});
  // `node:http` needs no more of a socket than a Duplex has.
  response.assignSocket(socket as Socket);
  response.on('finish', () => {
    response.detachSocket(socket as Socket);
    socket.end();
    // The rest of what the client sends is for nobody.
    socket.resume();
  });
  return response;
}

function connectTo({ hostname, port }: PodEndpoint, { clock }: Proxying): Socket {
  const socket = connect({
    host: hostname,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
  });
  const cancel = clock.setTimeout(() => {
    socket.destroy(Object.assign(new Error('The connection was not made in time.'), { code: 'ETIMEDOUT' }));
  }, CONNECT_MS);
  socket.once('connect', cancel);
  socket.once('close', cancel);
  return socket;
}

function keepAlive(client: Duplex): void {
  if (!(client instanceof Socket)) return;
  client.setTimeout(0);
  client.setNoDelay(true);
  client.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
}

/** The head of the answer that accepts an upgrade, as the pod sent it. */
function switching(answer: IncomingMessage): string {
  const received = receivedHeaders(answer.rawHeaders);
  const list = answerHeaders(101, received);
  let head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${String(received['upgrade'])}\r\n`;
  for (let at = 0; at < list.length; at += 2) head += `${list[at]}: ${list[at + 1]}\r\n`;
  return `${head}\r\n`;
}
