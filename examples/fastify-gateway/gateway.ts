/**
 * A gateway that proxies HTTP and WebSocket to the pod that holds the user.
 *
 * Shows `service.call`. The request goes to the pod of the user's link. A pod that does not hold the user answers 421 and does
 * nothing else; then the gateway looks the user up again and sends the request once more. If no pod can serve the user now, the
 * client gets 503 with Retry-After.
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
  /** The user of a request; `undefined` if it names none. Default: the `ada` of `/users/ada/…`. */
  readonly userOf?: (request: IncomingMessage) => string | undefined;
}

/**
 * Bodies up to this size are kept in memory, so that the request can be sent again. A larger body is streamed; if the pod answers
 * 421, the client gets 503 and sends the request again, to the right pod.
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
    if (uid === undefined) throw new Refusal(400, 'The request names no user.');
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

/** The user in a header. Let your authentication set it, not the client. */
export function userInHeader(request: IncomingMessage): string | undefined {
  const uid = request.headers['x-user-id'];
  return typeof uid === 'string' && uid !== '' ? uid : undefined;
}

function isReplayable({ body }: FastifyRequest): boolean {
  return body === undefined || Buffer.isBuffer(body);
}

/** Forwards the request to the pod, and the response to the client unless it is a 421. */
function forward(
  pod: LocatedPod,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void | typeof NOT_MINE> {
  const { body, headers } = request;
  const contentType = headers['content-type'] ?? 'application/octet-stream';
  return new Promise((resolve, reject) => {
    // Held back until the status is known.
    let answered: Parameters<FastifyReply['headers']>[0] = {};
    reply.from(undefined, {
      ...(Buffer.isBuffer(body) ? { body, contentType } : {}),
      getUpstream: () => `http://${pod.address}`,
      // Without this, reply-from would repeat a GET after a 503. The client decides that.
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
