import { type ConfigFault, routeError, type RouteErrorOf } from '../domain/route-error.ts';
import { SERVICE_STATES } from '../domain/service-state.ts';
import { POD_INTENTS } from '../domain/stateful-service-state.ts';

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const TAG = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const UID_REFUSED = /[{}\u0000-\u001f\u007f-\u009f]/;
const UID_MAX_BYTES = 512;
/** The greatest ordinal. */
export const POD_ID_MAX = 2_147_483_647;

const STATE_WORDS = SERVICE_STATES.filter((word) => word !== 'UNKNOWN');

const utf8 = new TextEncoder();

/** The error of an argument that cannot be used; it is raised before any I/O. */
export function invalidParameter(parameter: string, problem: string): RouteErrorOf<'INVALID_PARAMETER'> {
  return invalidParameters([{ name: parameter, problem }]);
}

/** As {@link invalidParameter}, for several at once. */
export function invalidParameters(faults: readonly ConfigFault[]): RouteErrorOf<'INVALID_PARAMETER'> {
  const list = sentence(faults.map(({ name, problem }) => `${name} ${problem}`));
  const { name: parameter = '', problem = '' } = faults[0] ?? {};
  return routeError('INVALID_PARAMETER', list, { parameter, problem, faults });
}

/** The error of a configuration, or of options that something is made of, with every fault at once. */
export function invalidConfig(faults: readonly ConfigFault[]): RouteErrorOf<'INVALID_CONFIG'> {
  const list = sentence(faults.map(({ name, problem }) => `${name}: ${problem}`));
  return routeError('INVALID_CONFIG', `The configuration cannot be used. ${list}`, { faults });
}

/** Parts as one sentence; the last one may have its end already. */
function sentence(parts: readonly string[]): string {
  const text = parts.join('; ');
  return /[.?]$/.test(text) ? text : `${text}.`;
}

function checkName(value: unknown, parameter: string, pattern: RegExp, allowed: string): void {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw invalidParameter(
      parameter,
      `must be a string of 1–253 ${allowed}, beginning and ending with a letter or a digit`,
    );
  }
}

/* Nearly every call names the namespace and the service that the one before named: those are known to be good. */
let goodNamespace: unknown;
let goodServiceName: unknown;

/** A Kubernetes namespace. */
export function checkNamespace(value: unknown): void {
  if (value === goodNamespace && value !== undefined) return;
  checkName(value, 'namespace', NAME, 'letters, digits, ".", "_" or "-"');
  goodNamespace = value;
}

/** A service's name, which is its StatefulSet's. */
export function checkServiceName(value: unknown, parameter = 'serviceName'): void {
  if (value === goodServiceName && value !== undefined) return;
  checkName(value, parameter, NAME, 'letters, digits, ".", "_" or "-"');
  goodServiceName = value;
}

/** A tag: like a service's name, with ":" allowed inside. */
export function checkTag(value: unknown): void {
  checkName(value, 'tag', TAG, 'letters, digits, ".", "_", "-" or ":"');
}

/** The key of one stateful entity. What it refuses would let two different uids meet in one key. */
export function checkUid(value: unknown): void {
  if (typeof value !== 'string' || value.length === 0 || value.length > UID_MAX_BYTES) {
    throw invalidParameter('uid', `must be a string of 1–${UID_MAX_BYTES} bytes of UTF-8`);
  }
  if (!value.isWellFormed() || UID_REFUSED.test(value)) {
    throw invalidParameter('uid', 'must hold no "{", "}", control character or lone surrogate');
  }
  // Three bytes a UTF-16 unit is the most that UTF-8 takes: short uids need no encoding to be measured.
  if (value.length * 3 > UID_MAX_BYTES && utf8.encode(value).length > UID_MAX_BYTES) {
    throw invalidParameter('uid', `must be a string of 1–${UID_MAX_BYTES} bytes of UTF-8`);
  }
}

/** A list of uids. */
export function checkUids(value: unknown): void {
  if (!Array.isArray(value)) throw invalidParameter('uids', 'must be an array of uids');
  for (const uid of value) checkUid(uid);
}

/** A list of services' names. */
export function checkServiceNames(value: unknown): void {
  if (!Array.isArray(value)) throw invalidParameter('serviceNames', 'must be an array of names');
  for (const serviceName of value as unknown[]) checkServiceName(serviceName);
}

/** True or false. */
export function checkFlag(value: unknown, parameter = 'flag'): void {
  if (typeof value !== 'boolean') throw invalidParameter(parameter, 'must be true or false');
}

/** What gives a call up. */
export function checkSignal(value: unknown, parameter = 'signal'): void {
  if (!(value instanceof AbortSignal)) throw invalidParameter(parameter, 'must be an AbortSignal');
}

/** An operator's wish. */
export function checkIntent(value: unknown): void {
  checkWord(value, 'intent', POD_INTENTS);
}

/** A word that every side knows. */
export function checkStateWord(value: unknown): void {
  checkWord(value, 'word', STATE_WORDS);
}

/** A listener. */
export function checkFunction(value: unknown, parameter = 'listener'): void {
  if (typeof value !== 'function') throw invalidParameter(parameter, 'must be a function');
}

/** A pod's ordinal. */
export function checkPodId(value: unknown, parameter = 'podId'): void {
  checkInteger(value, parameter, 0, POD_ID_MAX);
}

/** An integer within bounds; −0 is none. */
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

/** One word out of a list. */
export function checkWord(value: unknown, parameter: string, words: readonly string[]): void {
  if (!words.includes(value as string)) {
    throw invalidParameter(parameter, `must be one of ${words.join(', ')}`);
  }
}
