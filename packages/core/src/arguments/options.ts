import { checkInteger, invalidParameter } from './names.ts';
import { checkDuration, checkIncarnation } from './reports.ts';
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

/** The options of `setLinkedPod`. */
export function checkOwnerOptions(value: unknown): void {
  const { incarnation, leaseMs, minToken } = callOptions(value);
  if (incarnation !== undefined) checkIncarnation(incarnation);
  if (leaseMs !== undefined) checkDuration(leaseMs, 'leaseMs');
  checkAskedToken(minToken, 'minToken');
}

/** The options of a placement. */
export function checkEpochOptions(value: unknown): void {
  const { epoch } = callOptions(value);
  if (epoch !== undefined) checkInteger(epoch, 'epoch', 0, Number.MAX_SAFE_INTEGER);
}

/** The options of `trySetLinkedPod`. */
export function checkTrySetOptions(value: unknown): void {
  checkOwnerOptions(value);
  checkEpochOptions(value);
  const { minToken, assertToken, onlyIfNamed, onlyIfClaimed } = callOptions(value);
  checkAskedToken(assertToken, 'assertToken');
  if (minToken !== undefined && assertToken !== undefined) {
    throw invalidParameter('assertToken', 'excludes minToken');
  }
  checkFlag(onlyIfNamed, 'onlyIfNamed');
  checkFlag(onlyIfClaimed, 'onlyIfClaimed');
}

/** The options of `replaceLinkedPod`. */
export function checkReplaceOptions(value: unknown): void {
  checkEpochOptions(value);
  const { ifToken, onlyIfTemporary } = callOptions(value);
  if (ifToken !== null) checkToken(ifToken, 'ifToken');
  checkFlag(onlyIfTemporary, 'onlyIfTemporary');
}

/** The options of the removals of a link. */
export function checkKeepOptions(value: unknown): void {
  const { keepSeconds, token, onlyIfTemporary } = callOptions(value);
  checkKeepSeconds(keepSeconds);
  checkToken(token, 'token');
  checkFlag(onlyIfTemporary, 'onlyIfTemporary');
  if (token !== undefined && onlyIfTemporary === true) {
    throw invalidParameter('onlyIfTemporary', 'excludes token');
  }
}

/** The options of `enterRoster`. */
export function checkEnterRosterOptions(value: unknown): void {
  checkIncarnation(callOptions(value)['incarnation']);
}

/** The options of `leaveRoster`. */
export function checkLeaveRosterOptions(value: unknown): void {
  checkInteger(callOptions(value)['number'], 'number', 0, Number.MAX_SAFE_INTEGER);
}

/** The options of `readRoster`. */
export function checkReadRosterOptions(value: unknown): void {
  const { cursor } = callOptions(value);
  if (cursor !== undefined && (typeof cursor !== 'string' || cursor === '')) {
    throw invalidParameter('cursor', 'must be the cursor of the page before');
  }
}

function checkFlag(value: unknown, parameter: string): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalidParameter(parameter, 'must be true or false');
  }
}
