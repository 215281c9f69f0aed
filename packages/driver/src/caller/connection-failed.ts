/** What a connection that was never made fails with: nothing was sent over it. A reset or a time-out afterwards is none of them. */
const NEVER_MADE: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
]);

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'ws:': '80',
  'https:': '443',
  'wss:': '443',
};

/** What clients put on the errors of connections. */
interface ConnectionError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly hostname?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly message?: unknown;
}

interface Target {
  readonly host: string;
  readonly port: string;
}

/**
 * Whether an error says by itself that no connection to this very address could be made, so that nothing was sent there.
 * It must name the address: `use` may have asked somebody else, a database for one, after the pod had done its work.
 * Where the address is a host's name, the errors of single connections name only what that was resolved to, and say too
 * little.
 */
export function connectionFailed(error: unknown, address: string | undefined): boolean {
  const target = address === undefined ? undefined : targetOf(address);
  return target !== undefined && failedAt(error, target, 0);
}

/** How deep causes are looked at: a client's error around the socket's, and one or two around that. */
const DEPTH_MAX = 4;

function failedAt(error: unknown, target: Target, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return false;
  const { code, syscall, address, port, hostname, cause, errors, message } = error as ConnectionError;
  // A host with several addresses fails once for each.
  if (Array.isArray(errors)) {
    return errors.length > 0 && errors.every((each) => failedAt(each, target, depth + 1));
  }
  if (NEVER_MADE.has(code) || (code === 'ETIMEDOUT' && syscall === 'connect')) {
    return isSameHost(address, target.host) && String(port) === target.port;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return hostname === target.host;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return String(message)
      .split(/[\s,()]+/)
      .includes(`${target.host}:${target.port}`);
  }
  return failedAt(cause, target, depth + 1);
}

function isSameHost(address: unknown, host: string): boolean {
  return address === host || (host === 'localhost' && (address === '127.0.0.1' || address === '::1'));
}

/** An address is a URL, or a host and a port. */
function targetOf(address: string): Target | undefined {
  const text = address.includes('://') ? address : `tcp://${address}`;
  if (!URL.canParse(text)) return undefined;
  const { hostname, port, protocol } = new URL(text);
  const given = port || DEFAULT_PORTS[protocol];
  return given === undefined ? undefined : { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: given };
}
