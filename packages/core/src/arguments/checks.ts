import { DELETE_NOW, PERSIST_FOREVER } from '../domain/constants.ts';
import { ROUTING_STATES } from '../domain/routing-state.ts';
import { SERVICE_STATES } from '../domain/service-state.ts';
import { HEALINGS } from '../domain/stateful-service-state.ts';
import { invalidParameter } from './faults.ts';

/** Throws `INVALID_PARAMETER` for a value that cannot be used. `parameter` is the name that the error gives it. */
export type Check = (value: unknown, parameter?: string) => void;

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const TAG = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$/;
// oxlint-disable-next-line no-control-regex -- control characters are refused
const UID_REFUSED = /[{}\u0000-\u001f\u007f-\u009f]/;
const UID_MAX_BYTES = 512;
const REPORT_MAX_BYTES = 65_536;
const INCARNATION = /^[\x21-\x7e]{1,128}$/;
const utf8 = new TextEncoder();

/** The greatest ordinal. */
export const POD_ID_MAX = 2_147_483_647;

/** The longest timer in ms that platforms support, nearly 25 days. A longer one fires at once. */
export const DURATION_MAX_MS = 2_147_483_647;

/** About 68 years: the longest time to live that every store can count in ms. */
const SECONDS_MAX = 2_147_483_647;

/** The greatest token that a claim may request. Far enough below 2^53 that tokens can grow on from it. */
export const REQUESTED_TOKEN_MAX: number = 2 ** 53 - 2 ** 32;

/* Names: namespaces, services, tags and uids. */

function checkName(value: unknown, parameter: string, pattern: RegExp, allowed: string): void {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw invalidParameter(
      parameter,
      `must be a string of 1–253 ${allowed}, beginning and ending with a letter or a digit`,
    );
  }
}

/* Most calls repeat the namespace and service of the call before, so the last valid ones are cached. */
let lastNamespace: unknown;
let lastServiceName: unknown;

/** A Kubernetes namespace. */
export function checkNamespace(value: unknown): void {
  if (value === lastNamespace && value !== undefined) return;
  checkName(value, 'namespace', NAME, 'letters, digits, ".", "_" or "-"');
  lastNamespace = value;
}

/** A service's name, which is its StatefulSet's. */
export function checkServiceName(value: unknown, parameter = 'serviceName'): void {
  if (value === lastServiceName && value !== undefined) return;
  checkName(value, parameter, NAME, 'letters, digits, ".", "_" or "-"');
  lastServiceName = value;
}

/** A list of services' names. */
export function checkServiceNames(value: unknown): void {
  if (!Array.isArray(value)) throw invalidParameter('serviceNames', 'must be an array of names');
  for (const serviceName of value as unknown[]) checkServiceName(serviceName);
}

/** A tag: like a service's name, but may hold ":" inside. */
export function checkTag(value: unknown): void {
  checkName(value, 'tag', TAG, 'letters, digits, ".", "_", "-" or ":"');
}

/** The key of one stateful entity. The refused characters could make two uids share a key. */
export function checkUid(value: unknown): void {
  if (typeof value !== 'string' || value.length === 0 || value.length > UID_MAX_BYTES) {
    throw invalidParameter('uid', `must be a string of 1–${UID_MAX_BYTES} bytes of UTF-8`);
  }
  if (!value.isWellFormed() || UID_REFUSED.test(value)) {
    throw invalidParameter('uid', 'must hold no "{", "}", control character or lone surrogate');
  }
  // A UTF-16 unit takes at most three bytes of UTF-8, so short uids need not be encoded.
  if (value.length * 3 > UID_MAX_BYTES && utf8.encode(value).length > UID_MAX_BYTES) {
    throw invalidParameter('uid', `must be a string of 1–${UID_MAX_BYTES} bytes of UTF-8`);
  }
}

/** A list of uids. */
export function checkUids(value: unknown): void {
  if (!Array.isArray(value)) throw invalidParameter('uids', 'must be an array of uids');
  for (const uid of value) checkUid(uid);
}

/* Numbers: ordinals, durations, tokens and counts. */

/** An integer within bounds. −0 is refused. */
export function checkInteger(value: unknown, parameter: string, min: number, max: number): void {
  if (
    !Number.isInteger(value) ||
    (value as number) < min ||
    (value as number) > max ||
    Object.is(value, -0)
  ) {
    throw invalidParameter(parameter, `must be an integer from ${min} to ${max}`);
  }
}

/** A pod's ordinal. */
export function checkPodId(value: unknown, parameter = 'podId'): void {
  checkInteger(value, parameter, 0, POD_ID_MAX);
}

/** A duration in ms, above 0. */
export function checkDuration(value: unknown, parameter = 'durationMs'): void {
  if (typeof value !== 'number' || !(value > 0 && value <= DURATION_MAX_MS)) {
    throw invalidParameter(parameter, `must be a number of ms above 0 and at most ${DURATION_MAX_MS}`);
  }
}

/** A duration in ms, or 0. */
export function checkWait(value: unknown, parameter = 'waitMs'): void {
  if (value !== 0) checkDuration(value, parameter);
}

/** `PERSIST_FOREVER` or an integer ≥ 1. */
export function checkPersistSeconds(value: unknown): void {
  if (value !== PERSIST_FOREVER) checkTemporarySeconds(value);
}

/** The time to live of a temporary link: an integer ≥ 1. */
export function checkTemporarySeconds(value: unknown): void {
  checkInteger(value, 'persistSeconds', 1, SECONDS_MAX);
}

/** `DELETE_NOW` or an integer ≥ 0. */
export function checkKeepSeconds(value: unknown): void {
  if (value !== DELETE_NOW) checkInteger(value, 'keepSeconds', 0, SECONDS_MAX);
}

/** A token that a claim shall have. */
export function checkRequestedToken(value: unknown, parameter = 'minToken'): void {
  checkInteger(value, parameter, 1, REQUESTED_TOKEN_MAX);
}

/** A token to compare with. */
export function checkToken(value: unknown, parameter = 'token'): void {
  checkInteger(value, parameter, 1, Number.MAX_SAFE_INTEGER);
}

/** A number that only grows: a store time, an epoch, a count. */
export function checkCount(value: unknown, parameter = 'count'): void {
  checkInteger(value, parameter, 0, Number.MAX_SAFE_INTEGER);
}

/** A load: a finite number ≥ 0. */
export function checkLoad(value: unknown, parameter = 'loadState'): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw invalidParameter(parameter, 'must be a finite number ≥ 0');
  }
}

/** How many a second: a finite number above 0. */
export function checkRate(value: unknown, parameter = 'ratePerSecond'): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    throw invalidParameter(parameter, 'must be a finite number above 0');
  }
}

/* Words, flags and parts. */

/** One word of a list. */
export function checkWord(value: unknown, parameter: string, words: readonly string[]): void {
  if (!words.includes(value as string)) {
    throw invalidParameter(parameter, `must be one of ${words.join(', ')}`);
  }
}

/** True or false. */
export function checkFlag(value: unknown, parameter = 'flag'): void {
  if (typeof value !== 'boolean') throw invalidParameter(parameter, 'must be true or false');
}

/** The signal that aborts a call. */
export function checkSignal(value: unknown, parameter = 'signal'): void {
  if (!(value instanceof AbortSignal)) throw invalidParameter(parameter, 'must be an AbortSignal');
}

/** A listener. */
export function checkFunction(value: unknown, parameter = 'listener'): void {
  if (typeof value !== 'function') throw invalidParameter(parameter, 'must be a function');
}

/** Whether a value has these methods. */
export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
}

function checkMethods(value: unknown, parameter: string, methods: readonly string[]): void {
  if (!hasMethods(value, methods)) throw invalidParameter(parameter, `must have ${methods.join(', ')}`);
}

/** A `Clock`. */
export function checkClock(value: unknown, parameter = 'clock'): void {
  checkMethods(value, parameter, ['now', 'monotonic', 'setTimeout']);
}

/** A `Logger`. */
export function checkLogger(value: unknown, parameter = 'logger'): void {
  checkMethods(value, parameter, ['debug', 'info', 'warn', 'error']);
}

/* Reports of pods and workloads. */

/** An object. */
export function record(value: unknown, parameter: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter(parameter, 'must be an object');
  }
  return value as Record<string, unknown>;
}

/** A string that can be written as UTF-8. */
function checkText(value: unknown, parameter: string): void {
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw invalidParameter(parameter, 'must be a well-formed string');
  }
}

/** A label's text: a revision or a zone. */
export function checkLabel(value: unknown, parameter = 'label'): void {
  if (value === '') throw invalidParameter(parameter, 'must not be empty');
  checkText(value, parameter);
}

/** An incarnation, as `formatIncarnation` makes one. */
export function checkIncarnation(value: unknown, parameter = 'incarnation'): void {
  if (typeof value !== 'string' || !INCARNATION.test(value)) {
    throw invalidParameter(parameter, 'must be 1–128 printable ASCII characters without spaces');
  }
}

/** Labels: an object of strings. */
export function checkMetadata(value: unknown): void {
  for (const [key, text] of Object.entries(record(value, 'metadata'))) {
    checkText(key, 'metadata');
    checkText(text, `metadata.${key}`);
  }
}

/** The fields that a heartbeat may leave out. */
const optionalReportFields: Readonly<Record<string, Check>> = {
  address: (value) => checkText(value, 'address'),
  metadata: checkMetadata,
  loadPerUser: checkLoad,
  loadChangeThreshold: checkLoad,
  deadOwner: (value) => checkWord(value, 'deadOwner', ['relink', 'wait']),
  users: checkCount,
  maxUsers: (value) => checkInteger(value, 'maxUsers', 1, Number.MAX_SAFE_INTEGER),
  revision: checkLabel,
  healing: (value) => checkWord(value, 'healing', HEALINGS),
  guard: (value) => checkFlag(value, 'guard'),
};

/** A heartbeat: every field of its kind, and at most 64 KB in all. */
export function checkPodReport(value: unknown): void {
  const report = record(value, 'report');
  checkWord(report['state'], 'state', SERVICE_STATES);
  checkWord(report['routingState'], 'routingState', ROUTING_STATES);
  checkLoad(report['loadState']);
  checkIncarnation(report['incarnation']);
  checkCount(report['seq'], 'seq');
  checkFlag(report['beatenBefore'], 'beatenBefore');
  checkDuration(report['leaseMs'], 'leaseMs');
  checkDuration(report['updatePeriodMs'], 'updatePeriodMs');
  for (const field in optionalReportFields) {
    if (report[field] !== undefined) optionalReportFields[field]!(report[field], field);
  }
  if (utf8.encode(jsonOf(report)).length > REPORT_MAX_BYTES) {
    throw invalidParameter('report', `must not be above ${REPORT_MAX_BYTES} bytes as JSON`);
  }
}

function jsonOf(report: object): string {
  try {
    return JSON.stringify(report);
  } catch {
    throw invalidParameter('report', 'must be plain data');
  }
}

/** A workload's report. */
export function checkWorkloadReport(value: unknown): void {
  const report = record(value, 'workload');
  checkWord(report['state'], 'state', SERVICE_STATES);
  checkCount(report['replicas'], 'replicas');
  checkCount(report['readyReplicas'], 'readyReplicas');
  if (report['desiredReplicas'] !== undefined) checkCount(report['desiredReplicas'], 'desiredReplicas');
}
