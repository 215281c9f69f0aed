import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { RequestTarget } from './target.ts';

/** Names and values in turn, as `node:http` and undici take them. */
export type HeaderList = string[];

/** The header that tells a pod whose request it is: percent-encoded UTF-8. */
const UID_HEADER = 'stateful-route-uid';

/** What belongs to one connection, in both directions (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
] as const;

/** Of a request: what belongs to its connection, and what the gateway alone says. */
const DROPPED_FROM_REQUESTS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'expect',
  'trailer',
  'http2-settings',
  'proxy-authorization',
  'forwarded',
  'x-real-ip',
]);

const DROPPED_FROM_ANSWERS: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'proxy-authenticate']);

/** Each of these is dropped from requests with all names that begin with it. */
const FORGEABLE = ['stateful-route', 'x-forwarded-'] as const;

/** Some servers read `_` in a name as `-`: a client's `x_forwarded_for` must not pass for ours. */
function isForgeable(name: string): boolean {
  const plain = name.includes('_') ? name.replaceAll('_', '-') : name;
  return (
    FORGEABLE.some((prefix) => plain.startsWith(prefix)) ||
    (plain !== name && DROPPED_FROM_REQUESTS.has(plain))
  );
}

/** The names that a Connection header lists besides those that are dropped anyway; `undefined` if there are none. */
function namedByConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection.length === 10 || connection.length === 5) {
    const plain = connection?.toLowerCase();
    if (plain === undefined || plain === 'keep-alive' || plain === 'close') return undefined;
  }
  return new Set(connection!.split(',').map((name) => name.trim().toLowerCase()));
}

/**
 * The headers of a request to a pod: the client's without those of its connection, and without forged ones; then the uid and
 * where the request came from. Content-Length, Expect and Upgrade are added by whoever sends it.
 */
export function requestHeaders(
  request: IncomingMessage,
  uid: string,
  target: RequestTarget,
  isTrusted: (address: string) => boolean,
): HeaderList {
  const { rawHeaders, headers } = request;
  const named = namedByConnection(headers.connection);
  const list: HeaderList = target.host === undefined ? [] : ['host', target.host];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    const lower = name.toLowerCase();
    if (DROPPED_FROM_REQUESTS.has(lower) || named?.has(lower)) continue;
    const first = lower.charCodeAt(0);
    // Only names that begin with s or x, or have an underscore, can be forged.
    if ((first === 115 || first === 120 || lower.includes('_')) && isForgeable(lower)) continue;
    list.push(name, rawHeaders[at + 1]!);
  }
  list.push(UID_HEADER, encodeURIComponent(uid));
  addOrigin(list, request, target.host, isTrusted(addressOf(request)));
  if (headers.te !== undefined && /\btrailers\b/i.test(String(headers.te))) list.push('te', 'trailers');
  return list;
}

function addressOf({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress ?? 'unknown';
  // A server that listens on IPv6 sees an IPv4 client so.
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Where the request came from. What a trusted proxy says is kept, and its own address added. */
function addOrigin(
  list: HeaderList,
  request: IncomingMessage,
  host: string | undefined,
  isTrusted: boolean,
): void {
  const said = isTrusted ? request.headers : {};
  const from = addressOf(request);
  const proto = String(said['x-forwarded-proto'] ?? (request.socket instanceof TLSSocket ? 'https' : 'http'));
  list.push('x-forwarded-for', joined(said['x-forwarded-for'], from), 'x-forwarded-proto', proto);
  const named = said['x-forwarded-host'] ?? host;
  if (named !== undefined) list.push('x-forwarded-host', String(named));
  const node = from.includes(':') ? `"[${from}]"` : from;
  const element =
    host === undefined ? `for=${node};proto=${proto}` : `for=${node};host="${host}";proto=${proto}`;
  list.push('forwarded', joined(said.forwarded, element));
}

function joined(before: string | string[] | undefined, last: string): string {
  return before === undefined ? last : `${String(before)}, ${last}`;
}

/** The headers of a pod's answer, without those of its connection. */
export function answerHeaders(status: number, headers: IncomingHttpHeaders): HeaderList {
  const named = namedByConnection(headers.connection);
  const list: HeaderList = [];
  for (const name of Object.keys(headers)) {
    if (DROPPED_FROM_ANSWERS.has(name) || named?.has(name)) continue;
    // An answer without a body has no length (RFC 9110, 8.6).
    if (name === 'content-length' && status === 204) continue;
    const value = headers[name]!;
    if (typeof value === 'string') list.push(name, value);
    else for (const each of value) list.push(name, each);
  }
  return list;
}

/** The headers that `node:http` read of a pod's answer, each one of a repeated name apart. */
export function receivedHeaders(rawHeaders: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    const value = rawHeaders[at + 1]!;
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else headers[name] = typeof known === 'string' ? [known, value] : [...known, value];
  }
  return headers;
}
