import { isRouteError, type RouteError, routeError } from '@stateful-route/core';
import { invalidConfig } from '@stateful-route/core/adapter';
import { errorWord } from '../client/error-word.ts';
import { NODE_OF_A_CLUSTER } from '../client/server-faults.ts';
import { UnreadableReply } from '../stored/replies.ts';
import type { StoreCall } from './store-call.ts';

/** Answers of a server that refuses for a while: it did nothing, and may do it later. */
const PASSING = new Set([
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

/** The words of a Cluster's node to a plain client. A Cluster client follows redirections, and fails with a text of its own. */
const OF_A_CLUSTER = new Set(['CROSSSLOT', 'MOVED']);

/** What a client of a Cluster says when node after node has refused: none of them did anything. */
const REDIRECTED_IN_VAIN = 'Too many Cluster redirections';

/** What the client says when no reply came within its own `commandTimeout`. */
const COMMAND_TIMED_OUT = 'Command timed out';

/** What the client says when it has not sent a command at all. */
const NOT_SENT = 'enableOfflineQueue options is false';

/** A fault of the connection: no server has answered. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
  /** What Node or the server calls the reason. */
  readonly code: string;
  /** Whether the client may come back by itself. */
  readonly passing: boolean;
  /** The address that could not be reached; `undefined` where a connection may stand. */
  readonly address: string | undefined;

  constructor(message: string, passing: boolean, address?: string, cause?: Error) {
    super(message, cause && { cause });
    this.code = codeOf(cause) ?? 'NO_CONNECTION';
    this.passing = passing;
    this.address = address;
  }
}

/** The code of an error of Node, or the word that a server's error begins with. */
function codeOf(error: Error | undefined): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : /^[A-Z]{3,}\b/.exec(error?.message ?? '')?.[0];
}

/** A call rests on a reading over an earlier connection. Nothing was written. */
export class StaleEpoch extends Error {
  override readonly name = 'StaleEpoch';
  /** That of the present connection. */
  readonly epoch: number;

  constructor(epoch: number) {
    super('the connection to the store is a new one, so what was read before may be gone: read again');
    this.epoch = epoch;
  }
}

/** A script that writes came too late, and did nothing. */
export class PastDeadline extends Error {
  override readonly name = 'PastDeadline';
}

/** The error of a call after `close()`. */
export function closedError(): RouteError {
  return routeError('NOT_RUNNING', 'The executors have been closed.', { part: 'executors' });
}

/**
 * The error of a call whose deadline has passed.
 *
 * @param awaited - what kept a call from being sent, where that is known.
 */
export function timedOut(call: StoreCall, timeoutMs: number, sent: boolean, awaited?: string): RouteError {
  const effect = sent && call.effect !== 'read' ? 'unknown' : 'none';
  const why = sent || awaited === undefined ? '' : `: ${awaited}`;
  return lost(call, timeoutMs, effect, `got no reply within ${timeoutMs} ms${why}`);
}

/** The error of a call that the client or the server failed. */
export function storeError(error: unknown, call: StoreCall, timeoutMs: number, sent: boolean): RouteError {
  if (isRouteError(error)) return error;
  if (error instanceof StaleEpoch) return staleEpochError(error, call);
  if (error instanceof PastDeadline) return timedOut(call, timeoutMs, false);
  const cause = withoutSecrets(error);
  if (cause.message === COMMAND_TIMED_OUT) return timedOut(call, timeoutMs, sent);

  const answered = cause.name === 'ReplyError' || error instanceof UnreadableReply;
  const idle = [NOT_SENT, REDIRECTED_IN_VAIN].some((words) => cause.message.includes(words));
  if (!answered && sent && !idle && call.effect !== 'read') {
    return lost(
      call,
      timeoutMs,
      'unknown',
      `lost its connection before the reply came (${cause.message})`,
      cause,
    );
  }
  if (error instanceof NoConnection) return noConnectionError(error, call);
  const word = errorWord(cause.message);
  if (answered && OF_A_CLUSTER.has(word)) return clusterError(cause);
  const retryable = !answered || PASSING.has(word);
  return routeError(
    'STORE_ERROR',
    `${call.operation} failed at the store: ${cause.message}`,
    { operation: call.operation },
    { cause, retryable },
  );
}

/** Whether a server that did not do what a command asked may do so in a while, over the same connection. */
export function mayAnswerYet({ name, message }: Error): boolean {
  return message === COMMAND_TIMED_OUT || (name === 'ReplyError' && PASSING.has(errorWord(message)));
}

function clusterError({ message }: Error): RouteError {
  return invalidConfig([
    { name: 'client', problem: `reaches ${NODE_OF_A_CLUSTER}; the server said: ${message}` },
  ]);
}

/** One message that holds the inner causes too, and says what to look at. */
function noConnectionError(error: NoConnection, { operation }: StoreCall): RouteError {
  const message = asSentence(`${operation} failed: ${error.message}`);
  const { cause = error, passing, address } = error;
  return routeError(
    'STORE_ERROR',
    message,
    { operation, unreachable: address },
    { cause, retryable: passing },
  );
}

function staleEpochError(cause: StaleEpoch, { operation }: StoreCall): RouteError {
  const message = `${operation} was not sent: ${cause.message}.`;
  return routeError('STORE_ERROR', message, { operation, epoch: cause.epoch }, { cause });
}

function lost(
  call: StoreCall,
  timeoutMs: number,
  effect: 'none' | 'unknown',
  what: string,
  cause?: Error,
): RouteError {
  const advice = effect === 'unknown' ? '; whether it acted is unknown' : '';
  return routeError(
    'TIMEOUT',
    asSentence(`${call.operation} ${what}${advice}`),
    { operation: call.operation, timeoutMs, effect },
    { retryable: effect === 'none' || call.effect === 'repeatable', ...(cause && { cause }) },
  );
}

/** With an end, unless it has one: what is to be looked at may be a question. */
function asSentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

/**
 * An error of the client with its name, message and code alone. Its other fields hold the command's arguments, passwords
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
  // One address after the other was refused: the message itself is empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describe).join('; ');
  // What the last node of a cluster said, or what ended the connection.
  const inner = (error as { lastNodeError?: unknown }).lastNodeError ?? error.cause;
  return inner === undefined || inner === null ? error.message : `${error.message} (${describe(inner)})`;
}
