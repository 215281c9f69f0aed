import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Admission, Admitted, Refusal } from '../admission.ts';
import { Exchange } from './exchange.ts';
import { ignoreUpgrade, offersHttp2 } from './ignored-upgrade.ts';
import { answers, type OwnAnswer, sendAnswer } from './own-answers.ts';
import type { Proxying } from './proxying.ts';
import { type BadRequest, type RequestTarget, targetOf } from './target.ts';
import { refuseUpgrade, Upgrade, type UpgradeRequest } from './upgrade.ts';
import type { Tunnels } from './tunnels.ts';

/** Takes requests and upgrades: checks them, asks who is let in, and forwards them. */
export class Requests {
  readonly #proxying: Proxying;
  readonly #tunnels: Tunnels;
  readonly #admission: Admission;
  /** Responses that are not sent whole, and upgrades that are not answered. */
  readonly #open = new Set<object>();
  readonly #emptied = new Set<() => void>();
  /** Connections on which something came that is no plain request. What follows on them is not believed. */
  readonly #refused = new WeakSet<Socket>();
  #isClosing = false;

  constructor(proxying: Proxying, tunnels: Tunnels, admission: Admission) {
    this.#proxying = proxying;
    this.#tunnels = tunnels;
    this.#admission = admission;
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    let exchange: Exchange | undefined;
    this.#open.add(response);
    onceClosed(request, response, () => {
      exchange?.close();
      this.#ended(response);
    });
    const refuse = (answer: OwnAnswer): void => {
      sendAnswer(response, answer);
    };
    const target = this.#targetOf(request, refuse);
    if (!target) return;
    this.#admit(request, false, refuse, (admitted) => {
      if ('status' in admitted) answerRefusal(admitted, request, response, this.#proxying);
      else if (this.#open.has(response)) {
        exchange = new Exchange(this.#proxying, request, response, admitted, target);
        exchange.run();
      }
    });
  }

  upgrade(upgrade: UpgradeRequest): void {
    const { request, socket } = upgrade;
    socket.on('error', ignore);
    if (offersHttp2(request) && ignoreUpgrade(upgrade)) return;
    const refuse = (answer: OwnAnswer): void => {
      refuseUpgrade(upgrade, answer, this.#proxying.clock);
    };
    const target = this.#targetOf(request, refuse);
    if (!target) return;
    const {
      upgrade: protocol,
      'content-length': length = '0',
      'transfer-encoding': encoding,
    } = request.headers;
    if (request.method !== 'GET' || length !== '0' || encoding !== undefined || protocol === undefined) {
      refuse({ status: 400, body: 'An upgrade is a GET without a body.' });
      return;
    }
    if (offersHttp2(request)) {
      refuse({ status: 400, body: 'HTTP/2 is not forwarded.' });
      return;
    }
    this.#admit(request, true, refuse, (admitted) => {
      if (socket.destroyed) return;
      if ('status' in admitted) refuse(admitted);
      else if (this.#isClosing) refuse(answers.closing);
      else {
        this.#open.add(upgrade);
        new Upgrade(this.#proxying, this.#tunnels, upgrade, admitted, target, () => {
          this.#ended(upgrade);
        }).run();
      }
    });
  }

  /** Refuses what is new, and resolves when everything has been answered. */
  async close(spreadMs: number): Promise<void> {
    this.#isClosing = true;
    this.#proxying.streams.close(spreadMs);
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#emptied.add(resolve));
  }

  #targetOf(request: IncomingMessage, refuse: (answer: OwnAnswer) => void): RequestTarget | undefined {
    const { counts, maxPending } = this.#proxying;
    if (this.#isClosing || counts.pending >= maxPending) {
      refuse(this.#isClosing ? answers.closing : answers.full);
      return undefined;
    }
    const target = this.#refused.has(request.socket) ? badConnection : targetOf(request);
    if (!isBad(target)) return target;
    this.#refused.add(request.socket);
    refuse({ status: target.status, body: target.message, headers: { connection: 'close' } });
    return undefined;
  }

  #admit(
    request: IncomingMessage,
    isUpgrade: boolean,
    refuse: (answer: OwnAnswer) => void,
    then: (verdict: Admitted | Refusal) => void,
  ): void {
    const { counts, logger } = this.#proxying;
    const failed = (error: unknown): void => {
      logger.error({ error }, 'A request could not be forwarded.');
      refuse({ status: 500, body: 'The gateway failed.' });
    };
    try {
      const verdict = this.#admission.admit(request, isUpgrade);
      if (!(verdict instanceof Promise)) {
        then(verdict);
        return;
      }
      counts.pending += 1;
      verdict
        .finally(() => {
          counts.pending -= 1;
        })
        .then(then)
        .catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #ended(open: object): void {
    this.#open.delete(open);
    if (this.#open.size > 0) return;
    for (const resolve of this.#emptied) resolve();
    this.#emptied.clear();
  }
}

/** Calls back when an answer was sent, or its connection has ended; maybe twice. */
function onceClosed(request: IncomingMessage, response: ServerResponse, closed: () => void): void {
  response.on('close', closed);
  if (response.socket) return;
  // It waits behind the answers to earlier requests of its connection. If that ends, Node tells nobody.
  const { socket } = request;
  socket.once('close', closed);
  response.on('close', () => socket.off('close', closed));
}

const badConnection: BadRequest = { status: 400, message: 'The request before this one was refused.' };

function isBad(target: RequestTarget | BadRequest): target is BadRequest {
  return 'status' in target;
}

function answerRefusal(
  refusal: Refusal,
  request: IncomingMessage,
  response: ServerResponse,
  { logger }: Proxying,
): void {
  if (!refusal.answer) {
    sendAnswer(response, refusal);
    return;
  }
  try {
    refusal.answer(request, response);
  } catch (error) {
    logger.error({ error }, '`withoutUid` threw.');
    sendAnswer(response, { status: 500, body: 'The gateway failed.' });
  }
}

function ignore(): void {}
