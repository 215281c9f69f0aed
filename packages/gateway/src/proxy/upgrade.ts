import { type ClientRequest, type IncomingMessage, request as sendRequest, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, type LocatedPod, NOT_MINE, type ServiceHandle, UNREACHABLE } from '@stateful-route/core';
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

/** How long a client whose upgrade was refused is given to end its connection. */
const LINGER_MS = 2_000;

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
  /** The pod's refusal, while it is passed on. */
  #passed: Answer | undefined;
  #activeAt = 0;

  /** @param settled - called once, when it is accepted, a refusal was sent, or nobody waits for it. */
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
    if (this.#passed) {
      this.#expireIdle(this.#passed);
      return;
    }
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
      if (this.#sending === sending) this.#refused(podId, answer);
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
    refuseUpgrade(this.#upgrade, answer, this.#proxying.clock);
    this.#settled();
  }

  readonly #clientClosed = (): void => {
    this.#settle();
    this.giveUpAttempt();
    this.#settled();
  };

  /** The answer begins: nothing more is asked. */
  #settle(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#proxying.counts.pending -= 1;
    this.#proxying.deadlines.delete(this);
    this.#upgrade.socket.off('close', this.#clientClosed);
    this.#search.cancel();
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
    if (!client.destroyed) ended = this.#tunnels.add(this.service, podId, tunnel);
    this.#settled();
  }

  #refused(podId: number, answer: IncomingMessage): void {
    const headers = receivedHeaders(answer.rawHeaders);
    this.#sending = undefined;
    if (saysNotMine(answer.statusCode ?? 0, headers[ROUTE_HEADER])) {
      answer.destroy();
      const leftMs = this.deadline - this.#proxying.clock.monotonic();
      this.#search.notServed(NOT_MINE, leftMs);
      return;
    }
    answer.on('error', () => {});
    const { request } = this.#upgrade;
    const response = lastResponse(request);
    const passed = new Answer(request, response);
    try {
      passed.begin(answer.statusCode ?? 502, answer.statusMessage, { ...headers, connection: 'close' });
    } catch (error) {
      answer.destroy();
      this.#failed(podId, error, true);
      return;
    }
    this.#settle();
    this.#pass(passed, answer, response);
  }

  #pass(passed: Answer, answer: IncomingMessage, response: ServerResponse): void {
    this.#passed = passed;
    answer.on('data', (chunk: Buffer) => {
      this.#activeAt = this.#proxying.clock.monotonic();
      if (!passed.write(chunk, () => answer.resume())) answer.pause();
    });
    answer.on('end', () => {
      if (answer.complete) passed.end({});
    });
    answer.on('close', () => {
      passed.cut();
    });
    const sent = (): void => {
      if (!this.#passed) return;
      this.#passed = undefined;
      this.#proxying.deadlines.delete(this);
      answer.destroy();
      this.#settled();
    };
    response.on('finish', sent);
    response.on('close', sent);
    answerUpgrade(this.#upgrade, response, this.#proxying.clock);
    this.#activeAt = this.#proxying.clock.monotonic();
    this.#expireIdle(passed);
  }

  #expireIdle(passed: Answer): void {
    const { clock, deadlines, idleMs } = this.#proxying;
    this.deadline = this.#activeAt + idleMs;
    if (this.deadline > clock.monotonic()) deadlines.add(this);
    else passed.cut();
  }

  #failed(podId: number, error: unknown, isSent: boolean): void {
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
export function refuseUpgrade(upgrade: UpgradeRequest, answer: OwnAnswer, clock: Clock): void {
  const response = lastResponse(upgrade.request);
  answerUpgrade(upgrade, response, clock);
  sendAnswer(response, answer);
}

/** The last one of its connection, which is not Node's any more. */
function lastResponse(request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  return response;
}

function answerUpgrade({ socket }: UpgradeRequest, response: ServerResponse, clock: Clock): void {
  socket.on('error', () => {});
  // `node:http` needs no more of a socket than a Duplex has.
  response.assignSocket(socket as Socket);
  response.on('finish', () => {
    response.detachSocket(socket as Socket);
    socket.end();
    // The rest of what the client sends is for nobody. Its end is waited for.
    socket.resume();
    socket.once(
      'close',
      clock.setTimeout(() => socket.destroy(), LINGER_MS),
    );
  });
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
