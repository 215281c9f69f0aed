import { lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, chmodSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { invalidConfig } from '@stateful-route/core/adapter';

/** The longest path of a unix socket, in bytes: the kernels' own limit, less the end of the text. */
const PATH_BYTES_MAX = 103;
const TOKEN_LENGTH_MIN = 16;
const OTHERS_READ_OR_WRITE = 0o006;
const GROUP_WRITES = 0o020;

/** Where an agent listens. */
export type ListenAt =
  | { readonly socket: string | undefined }
  | { readonly host: string; readonly port: number };

/** A server that listens on this machine alone. */
export interface LocalListener {
  /** `unix:/path` or `http://host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Answers a request. */
type Fetch = (request: Request) => Response | Promise<Response>;

/** Listens on a unix socket of mode 0600, or on a port. Rejects with `INVALID_CONFIG` when another agent listens there. */
export async function listenLocally(at: ListenAt, fetch: Fetch): Promise<LocalListener> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  if ('port' in at) {
    await listening(server, { host: at.host, port: at.port });
    const { address, family, port } = server.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    return { address: `http://${host}:${port}`, close: () => closed(server) };
  }
  const own = at.socket === undefined ? mkdtempSync(join(tmpdir(), 'stateful-route-agent-')) : undefined;
  const path = at.socket ?? join(own!, 'agent.sock');
  try {
    const remove = await listenAtPath(server, path);
    const close = async (): Promise<void> => {
      remove();
      await closed(server);
      if (own !== undefined) rmSync(own, { recursive: true, force: true });
    };
    return { address: `unix:${path}`, close };
  } catch (error) {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
    throw error;
  }
}

/** Returns a function that removes the socket. */
async function listenAtPath(server: Server, path: string): Promise<() => void> {
  await assertFree(path);
  // The socket is made where nobody else can reach it, and moved when its mode is set: no moment is open to others.
  const hidden = mkdtempSync(join(dirname(path), '.agent-'));
  try {
    const made = join(hidden, 's');
    if (Buffer.byteLength(made) > PATH_BYTES_MAX || Buffer.byteLength(path) > PATH_BYTES_MAX)
      throw socketFault(`${path} is too long for a unix socket: give a shorter one`);
    await listening(server, { path: made });
    chmodSync(made, 0o600);
    const { ino, dev } = statSync(made);
    renameSync(made, path);
    const isOurs = (): boolean => {
      const there = statSync(path, { throwIfNoEntry: false });
      return there?.ino === ino && there.dev === dev;
    };
    if (!isOurs()) throw socketFault(`another agent has just taken ${path}`);
    return () => {
      if (isOurs()) rmSync(path, { force: true });
    };
  } catch (error) {
    await closed(server);
    throw error;
  } finally {
    rmSync(hidden, { recursive: true, force: true });
  }
}

/** A socket that a dead agent left may be replaced; anything else may not. */
async function assertFree(path: string): Promise<void> {
  let there;
  try {
    there = lstatSync(path, { throwIfNoEntry: false });
    statSync(dirname(path));
  } catch (error) {
    throw socketFault(`${path} cannot be made: ${(error as Error).message}`);
  }
  if (there === undefined) return;
  if (!there.isSocket()) throw socketFault(`${path} is there already, and is no socket`);
  const isLive = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
  if (isLive) throw socketFault(`another agent listens at ${path}`);
}

/** The token that requests must send. Throws `INVALID_CONFIG`. */
export function readToken(file: string): string {
  const fault = (problem: string): Error => invalidConfig([{ name: '--token-file', problem }]);
  let mode: number;
  let token: string;
  try {
    ({ mode } = statSync(file));
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw fault(`cannot be read: ${(error as Error).message}`);
  }
  if ((mode & (OTHERS_READ_OR_WRITE | GROUP_WRITES)) !== 0)
    throw fault(`${file} is open to others: chmod 0600 it (a Kubernetes secret: defaultMode 0440)`);
  if (token.length < TOKEN_LENGTH_MIN || /\s/.test(token))
    throw fault(`${file} must hold one word of at least ${TOKEN_LENGTH_MIN} characters`);
  return token;
}

function socketFault(problem: string): Error {
  return invalidConfig([{ name: '--socket', problem }]);
}

function listening(server: Server, at: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
