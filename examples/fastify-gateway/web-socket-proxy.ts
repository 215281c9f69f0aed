/**
 * WebSockets through a gateway, to the pod that holds the user.
 *
 * The gateway accepts the client's upgrade only after the pod has accepted it. Until then it can try another pod after a 421, and
 * can refuse with an HTTP status; proxies that accept the client first can only hang up. Afterwards bytes pass unchanged, so
 * extensions, pings, close codes and back pressure work end to end.
 */
import { type IncomingMessage, request as httpRequest, STATUS_CODES } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { type LocatedPod, NOT_MINE, type ServiceHandle } from '@stateful-route/driver';
import type { FastifyInstance } from 'fastify';
import { Refusal, refusalOf } from './refusal.ts';

/** How long a pod may take to accept an upgrade. */
const UPGRADE_TIMEOUT_MS = 5_000;

export function proxyWebSockets(
  app: FastifyInstance,
  service: ServiceHandle,
  userOf: (request: IncomingMessage) => string | undefined,
): void {
  const open = new Set<Duplex>();

  app.server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    const connected = async (): Promise<void> => {
      const uid = userOf(request);
      if (uid === undefined) throw new Refusal(400, 'The request names no user.');
      await service.call(uid, (pod) => connect(pod, request, client, head));
    };
    connected().catch((error: unknown) => {
      client.end(headOf(refusalOf(error)));
    });
  });

  // A server does not close while upgraded connections are open. Their clients reconnect to another gateway.
  app.addHook('preClose', async () => {
    for (const client of open) client.destroy();
  });
}

/** Resolves when client and pod are connected, or with `NOT_MINE` if the pod answers 421. */
function connect(
  { address }: LocatedPod,
  { method, url, headers }: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void | typeof NOT_MINE> {
  return new Promise((resolve, reject) => {
    const toPod = httpRequest({
      ...urlToHttpOptions(new URL(`http://${address}`)),
      method,
      path: url,
      headers,
      timeout: UPGRADE_TIMEOUT_MS,
    });
    const abandon = (): void => {
      toPod.destroy(new Error('The client went away.'));
    };
    client.once('close', abandon);
    toPod.once('close', () => client.off('close', abandon));

    toPod.once('upgrade', (response: IncomingMessage, pod: Duplex, podHead: Buffer) => {
      client.off('close', abandon);
      client.write(rawHeadOf(response));
      if (podHead.length > 0) pod.unshift(podHead);
      if (head.length > 0) client.unshift(head);
      // The end or error of one side ends the other.
      pipeline(client, pod, () => {});
      pipeline(pod, client, () => {});
      resolve();
    });
    toPod.once('response', (response) => {
      response.resume();
      if (response.statusCode === 421) resolve(NOT_MINE);
      else reject(new Refusal(response.statusCode ?? 502, 'The pod refused the connection.'));
    });
    toPod.once('timeout', () => {
      toPod.destroy(new Refusal(504, 'The pod of this user did not answer.'));
    });
    toPod.once('error', reject);
    toPod.end();
  });
}

function rawHeadOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return [...lines, '', ''].join('\r\n');
}

function headOf({ status, retryAfterSeconds }: Refusal): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Length: 0',
  ];
  if (retryAfterSeconds !== undefined) lines.push(`Retry-After: ${retryAfterSeconds}`);
  return [...lines, '', ''].join('\r\n');
}
