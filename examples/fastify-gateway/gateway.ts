/**
 * A gateway that proxies HTTP and WebSocket to the pod that holds the user.
 *
 * Shows `service.call`: the request goes to the pod that the directory names; a pod that answers 421 does not hold the
 * user and has done nothing, so the gateway forgets what it knew, asks again, and sends the request once more. When
 * nobody can serve the user now, the client is told when to come back: 503 with Retry-After.
 */
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import replyFrom from '@fastify/reply-from';
import { type LocatedPod, NOT_MINE, type ServiceHandle } from '@stateful-route/driver';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Refusal, refusalOf } from './refusal.ts';
import { proxyWebSockets } from './web-socket-proxy.ts';

export interface GatewayOptions {
  readonly service: ServiceHandle;
  /** Whose request it is; `undefined` when it does not say. Default: the `ada` of `/users/ada/…`. */
  readonly userOf?: (request: IncomingMessage) => string | undefined;
}

/**
 * A request can be sent a second time only if its body is still there. Up to this size it is kept in memory; a larger
 * one streams through, and a 421 to it is passed on as 503: the client sends it again, and it goes to the right pod.
 */
const REPLAYABLE_BYTES = 64 * 1024;

export async function createGateway({
  service,
  userOf = userInPath,
}: GatewayOptions): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(replyFrom);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, body: IncomingMessage) =>
    Number(request.headers['content-length'] ?? Infinity) <= REPLAYABLE_BYTES ? buffer(body) : body,
  );

  app.all('/*', async (request, reply) => {
    const uid = userOf(request.raw);
    if (uid === undefined) throw new Refusal(400, 'The request does not say whose it is.');
    await service.call(uid, async (pod) => {
      const result = await forward(pod, request, reply);
      if (result !== NOT_MINE || isReplayable(request)) return result;
      service.forget(uid);
      throw new Refusal(503, 'The user has moved. Send the request again.', 0);
    });
    return reply;
  });

  app.setErrorHandler((error, _request, reply) => {
    const { status, message, retryAfterSeconds } = refusalOf(error);
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', retryAfterSeconds);
    return reply.code(status).send({ message });
  });

  proxyWebSockets(app, service, userOf);
  return app;
}

export function userInPath(request: IncomingMessage): string | undefined {
  const [, uid] = /^\/users\/([^/?]+)/.exec(request.url ?? '') ?? [];
  try {
    return uid && decodeURIComponent(uid);
  } catch {
    return undefined;
  }
}

/** For clients that name the user in a header instead; one that your authentication has set, not the client. */
export function userInHeader(request: IncomingMessage): string | undefined {
  const uid = request.headers['x-user-id'];
  return typeof uid === 'string' && uid !== '' ? uid : undefined;
}

function isReplayable({ body }: FastifyRequest): boolean {
  return body === undefined || Buffer.isBuffer(body);
}

/** Sends the request to the pod, and the pod's answer to the client, unless it is a 421. */
function forward(
  pod: LocatedPod,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void | typeof NOT_MINE> {
  const { body, headers } = request;
  const contentType = headers['content-type'] ?? 'application/octet-stream';
  return new Promise((resolve, reject) => {
    // Kept back until it is known whose answer it is.
    let answered: Parameters<FastifyReply['headers']>[0] = {};
    reply.from(undefined, {
      ...(Buffer.isBuffer(body) ? { body, contentType } : {}),
      getUpstream: () => `http://${pod.address}`,
      // The library would send a GET again when the pod answers 503; that is for the client to decide.
      retryDelay: () => null,
      rewriteHeaders: (received) => {
        answered = received;
        return {};
      },
      onResponse: (_request, _reply, response) => {
        const stream: Readable = response.stream;
        if (response.statusCode === 421) {
          stream.resume();
          resolve(NOT_MINE);
        } else {
          void reply.headers(answered).send(stream);
          resolve();
        }
      },
      onError: (_reply, { error }) => {
        reject(error);
      },
    });
  });
}
