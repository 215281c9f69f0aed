import { invalidParameter } from './names.ts';
import { checkIncarnation } from './reports.ts';
import { checkAskedToken, checkKeepSeconds, checkStoreTime, checkToken, SECONDS_MAX } from './times.ts';

type Options = Readonly<Record<string, unknown>>;

const none: Options = {};

/** What every call takes last: an object or nothing, with a usable deadline and signal. */
export function checkCallOptions(value: unknown): void {
  if (value !== undefined) callOptions(value);
}

function callOptions(value: unknown): Options {
  if (value === undefined) return none;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter('options', 'must be an object');
  }
  const options = value as Options;
  const { timeoutMs, signal } = options;
  if (
    timeoutMs !== undefined &&
    !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= SECONDS_MAX)
  ) {
    throw invalidParameter('timeoutMs', `must be a number of ms above 0 and at most ${SECONDS_MAX}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidParameter('signal', 'must be an AbortSignal');
  }
  return options;
}

/** The options of `removeServiceState`. */
export function checkRemoveStateOptions(value: unknown): void {
  const { incarnation, updateTime } = callOptions(value);
  if (incarnation !== undefined) checkIncarnation(incarnation);
  checkStoreTime(updateTime, 'updateTime');
}

/** The options of `trySetLinkedPod`. */
export function checkTrySetOptions(value: unknown): void {
  const { incarnation, minToken, assertToken } = callOptions(value);
  if (incarnation !== undefined) checkIncarnation(incarnation);
  checkAskedToken(minToken, 'minToken');
  checkAskedToken(assertToken, 'assertToken');
  if (minToken !== undefined && assertToken !== undefined) {
    throw invalidParameter('assertToken', 'excludes minToken');
  }
}

/** The options of `replaceLinkedPod`. */
export function checkReplaceOptions(value: unknown): void {
  const { ifToken, onlyIfTemporary } = callOptions(value);
  if (ifToken !== null) checkToken(ifToken, 'ifToken');
  if (onlyIfTemporary !== undefined && typeof onlyIfTemporary !== 'boolean') {
    throw invalidParameter('onlyIfTemporary', 'must be true or false');
  }
}

/** The options of the removals of a link. */
export function checkKeepOptions(value: unknown): void {
  const { keepSeconds, token } = callOptions(value);
  checkKeepSeconds(keepSeconds);
  checkToken(token, 'token');
}
