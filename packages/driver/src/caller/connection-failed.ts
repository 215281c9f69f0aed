/** The error codes of a connection that was never made, so that nothing was sent. A later reset or timeout is not among them. */
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

/** The fields that clients set on connection errors. */
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
 * Whether an error shows that no connection to this address could be made, so that nothing was sent there. It must name the
 * address: `use` may have called another server, such as a database, after the pod had done its work. If the address is a host
 * name, the errors of single connections name only the resolved IP address, which is not enough.
 */
export function connectionFailed(error: unknown, address: string | undefined): boolean {
  const target = address === undefined ? undefined : targetOf(address);
  return target !== undefined && failedAt(error, target, 0);
}

/** How many causes are checked: a client's error around the socket's, and one or two around that. */
const DEPTH_MAX = 4;

function failedAt(error: unknown, target: Target, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return false;
  const { code, syscall, address, port, hostname, cause, errors, message } = error as ConnectionError;
  // A host with several addresses fails once for each of them.
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
