import { isRouteError, routeError, type RouteError, type RouteErrorFields } from '@stateful-route/core';
import { type CallEffect, invalidConfig, portOperations } from '@stateful-route/core/adapter';
import {
  COMMAND_TIMED_OUT,
  errorCode,
  NoConnection,
  StaleEpoch,
  TRANSIENT_CODES,
  withoutSecrets,
} from '../client/client-errors.ts';
import { NODE_OF_A_CLUSTER } from '../client/server-faults.ts';
import { UnreadableReply } from '../stored/replies.ts';
import type { Operation } from './operation.ts';

/** Codes of a Cluster's node to a plain client. A Cluster's client follows redirections, and fails with a text of its own. */
const CLUSTER_CODES = new Set(['CROSSSLOT', 'MOVED']);

/** What to do about a refusal whose text does not say it, by the refusal's code. */
const ADVICE = new Map([
  ['GARBAGE', 'Repair or remove that key'],
  ['NOPERM', "Grant the user the rights that the adapter's README lists"],
  ['OOM', 'Give Redis more memory'],
  ['WRONGTYPE', 'Another program wrote a key of this call: repair or remove it'],
]);

/** Messages of ioredis for commands that no server has executed: each node refused, or the command was never sent. */
const NOT_EXECUTED = /Too many Cluster redirections|enableOfflineQueue options is false/;

/** A write reached its server after its deadline, and did nothing. */
export class PastDeadline extends Error {
  override readonly name = 'PastDeadline';
}

/** The error of a call after `close()`. */
export function closedError(): RouteError {
  return routeError('NOT_RUNNING', 'The executors have been closed.', { part: 'executors' });
}

/** The error of a heartbeat or a claim that met a later incarnation. */
export function fencedError(what: string, fields: RouteErrorFields['FENCED']): RouteError {
  const { namespace, serviceName, podId, incarnation, met } = fields;
  const message = `${what} of pod ${podId} of ${namespace}/${serviceName} is of incarnation ${incarnation}, but ${met} started later. Check whether two processes have this ordinal.`;
  return routeError('FENCED', message, fields);
}

/** The error of a heartbeat of an incarnation that was reported dead. */
export function reportedDeadError(fields: RouteErrorFields['FENCED']): RouteError {
  const { namespace, serviceName, podId, incarnation } = fields;
  const message = `Incarnation ${incarnation} of pod ${podId} of ${namespace}/${serviceName} was reported dead: it must stop serving.`;
  return routeError('FENCED', message, fields);
}

/** The error of a report about an incarnation that is not the pod's. */
export function otherIncarnationError(fields: RouteErrorFields['FENCED']): RouteError {
  const { namespace, serviceName, podId, incarnation, met } = fields;
  const message = `Pod ${podId} of ${namespace}/${serviceName} is of incarnation ${met}, not ${incarnation}: nothing was changed.`;
  return routeError('FENCED', message, fields);
}

/**
 * The error of a call whose deadline has passed.
 *
 * @param waitedFor - why a call could not be sent, where that is known.
 */
export function timedOut(
  operation: Operation,
  timeoutMs: number,
  sent: boolean,
  waitedFor?: string,
): RouteError {
  const effect = sent && effectOf(operation) !== 'read' ? 'unknown' : 'none';
  const why = sent || waitedFor === undefined ? '' : `: ${waitedFor}`;
  return timeoutError(operation, timeoutMs, effect, `got no reply within ${timeoutMs} ms${why}`);
}

/** The error of a call that failed at the client or the server. */
export function storeError(
  error: unknown,
  operation: Operation,
  timeoutMs: number,
  sent: boolean,
): RouteError {
  if (isRouteError(error)) return error;
  if (error instanceof StaleEpoch) return staleEpochError(error, operation);
  if (error instanceof PastDeadline) return timedOut(operation, timeoutMs, false);
  const cause = withoutSecrets(error);
  if (cause.message === COMMAND_TIMED_OUT) return timedOut(operation, timeoutMs, sent);

  const replied = cause.name === 'ReplyError' || error instanceof UnreadableReply;
  if (!replied && sent && !NOT_EXECUTED.test(cause.message) && effectOf(operation) !== 'read') {
    const what = `lost its connection before the reply came (${cause.message})`;
    return timeoutError(operation, timeoutMs, 'unknown', what, cause);
  }
  if (error instanceof NoConnection) return noConnectionError(error, operation);
  const code = errorCode(cause.message);
  if (replied && CLUSTER_CODES.has(code)) return wrongClientError(cause);
  const advice = replied ? ADVICE.get(code) : undefined;
  const text = advice === undefined ? cause.message : `${asSentence(cause.message)} ${advice}.`;
  return routeError(
    'STORE_ERROR',
    `${operation.name} failed at the store: ${text}`,
    { operation: operation.name },
    { cause, retryable: !replied || TRANSIENT_CODES.has(code) },
  );
}

function wrongClientError({ message }: Error): RouteError {
  return invalidConfig([
    { name: 'client', problem: `reaches ${NODE_OF_A_CLUSTER}; the server replied: ${message}` },
  ]);
}

/** One message with the inner causes, and with what to check. */
function noConnectionError(error: NoConnection, { name }: Operation): RouteError {
  const { cause = error, transient, address } = error;
  return routeError(
    'STORE_ERROR',
    asSentence(`${name} failed: ${error.message}`),
    { operation: name, unreachable: address },
    { cause, retryable: transient },
  );
}

function staleEpochError(cause: StaleEpoch, { name }: Operation): RouteError {
  const message = `${name} was not sent: ${cause.message}.`;
  return routeError('STORE_ERROR', message, { operation: name, epoch: cause.epoch }, { cause });
}

function timeoutError(
  operation: Operation,
  timeoutMs: number,
  effect: 'none' | 'unknown',
  what: string,
  cause?: Error,
): RouteError {
  const advice = effect === 'unknown' ? '; whether it acted is unknown' : '';
  return routeError(
    'TIMEOUT',
    asSentence(`${operation.name} ${what}${advice}`),
    { operation: operation.name, timeoutMs, effect },
    { retryable: effect === 'none' || effectOf(operation) === 'repeatable', ...(cause && { cause }) },
  );
}

function effectOf({ name, options }: Operation): CallEffect {
  return portOperations[name].effect(options);
}

/** With a full stop, unless the text ends as a sentence already. */
function asSentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}
