/** Codes of error replies after which the server did nothing, and may do it later. */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOREPLICAS',
  'NOSCRIPT',
  'OOM',
  'READONLY',
  'TRYAGAIN',
]);

/** The message of ioredis when no reply came within its own `commandTimeout`. */
export const COMMAND_TIMED_OUT = 'Command timed out';

/**
 * What a server puts before the code of an error that a script met. Redis before 7 and KeyDB name the script and the line
 * there: `@user_script: 132: -READONLY …`, `ERR Error running script (call to f_…): @user_script:1: …`.
 */
const BEFORE_THE_CODE =
  /^(?:(?:ERR )?Error running script \([^)]*\): ?|(?:@\w+|user_script): ?\d+: ?|ERR |-)+/;

/**
 * The code of an error reply, such as `READONLY`. Only the start of the message is searched, behind what the server itself
 * puts there: the rest may quote a key, and with it a user's data.
 */
export function errorCode(message: string): string {
  return message.replace(BEFORE_THE_CODE, '').split(/[\s:]/, 1)[0]!;
}

/** Whether a server that did not execute a command may do so later, over the same connection. */
export function isTransient({ name, message }: Error): boolean {
  return message === COMMAND_TIMED_OUT || (name === 'ReplyError' && TRANSIENT_CODES.has(errorCode(message)));
}

/** There is no connection, or it was lost before a reply came. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
  /** Node's or the server's code for the reason. */
  readonly code: string;
  /** Whether the client may reconnect by itself. */
  readonly transient: boolean;
  /** The address that could not be reached; `undefined` where a connection may stand. */
  readonly address: string | undefined;

  constructor(message: string, transient: boolean, address?: string, cause?: Error) {
    super(message, cause && { cause });
    this.code = codeOf(cause) ?? 'NO_CONNECTION';
    this.transient = transient;
    this.address = address;
  }
}

/** The code of an error of Node, or the code that a server's error begins with. */
function codeOf(error: Error | undefined): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : /^[A-Z]{3,}\b/.exec(error?.message ?? '')?.[0];
}

/** A call rests on a reading over an earlier connection. Nothing was written. */
export class StaleEpoch extends Error {
  override readonly name = 'StaleEpoch';
  /** The epoch of the present connection. */
  readonly epoch: number;

  constructor(epoch: number) {
    super('the connection to the store is a new one, so what was read before may be gone: read again');
    this.epoch = epoch;
  }
}

/**
 * An error of the client reduced to its name, message and code. The other fields hold the command's arguments, passwords
 * among them; and a server that does not know a command quotes the arguments in its message.
 */
export function withoutSecrets(error: unknown): Error {
  const clean = new Error(describe(error).replace(/,? with args beginning with:.*$/s, ''));
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === 'string') Object.assign(clean, { code });
  clean.name = error instanceof Error ? error.name : 'Error';
  clean.stack = `${clean.name}: ${clean.message}`;
  return clean;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Every address was refused: the message itself is empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describe).join('; ');
  // The last reply of a Cluster's node, or the reason that a connection ended.
  const inner = (error as { lastNodeError?: unknown }).lastNodeError ?? error.cause;
  return inner === undefined || inner === null ? error.message : `${error.message} (${describe(inner)})`;
}
