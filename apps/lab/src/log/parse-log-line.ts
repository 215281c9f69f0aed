import { isRouteError } from '@stateful-route/core';
import { checkUid } from '@stateful-route/core/adapter';

/** A line of a log: a request, or what is wrong with it. */
export type LogLine =
  | { readonly uid: string; readonly time: number; readonly problem?: undefined }
  | { readonly problem: string };

/*
 * host ident user [time] "request" status bytes. The fields that Combined adds are not needed, and often truncated.
 * The user is the only unquoted field in which servers write spaces.
 */
const LINE = /^(?<host>\S+) \S+ .+? \[(?<time>[^\]]+)\] "(?:[^"\\]|\\.)*" \d{3} (?:\d+|-)(?=\s|$)/;
const START = /^\S+ \S+ .+? \[/;
const TIME =
  /^(?<day>\d{2})\/(?<month>[A-Z][a-z]{2})\/(?<year>\d{4}):(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2}) (?<sign>[+-])(?<offsetHours>\d{2})(?<offsetMinutes>\d{2})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Parses a line in Common or Combined Log Format: the client's address is the uid, the bracketed field the arrival. */
export function parseLogLine(line: string): LogLine {
  const fields = LINE.exec(line)?.groups;
  if (!fields) return { problem: shapeProblem(line) };
  const uid = fields['host']!;
  const time = parseLogTime(fields['time']!);
  if (time === undefined) return { problem: `"${shortened(fields['time']!)}" is not a time` };
  const problem = uidProblem(uid);
  return problem ? { problem } : { uid, time };
}

/** Ms since the epoch of a time such as `17/May/2015:10:05:03 +0000`. `undefined` if it is not a time. */
export function parseLogTime(text: string): number | undefined {
  const at = TIME.exec(text)?.groups;
  if (!at) return undefined;
  const of = (name: string): number => Number(at[name]);
  const month = MONTHS.indexOf(at['month']!);
  const midnight = Date.UTC(of('year'), month, of('day'));
  // 31/Feb would roll over into March, and Date.UTC adds 1900 to a year below 100.
  const isDay = month >= 0 && of('year') >= 100 && new Date(midnight).getUTCDate() === of('day');
  // Second 60 is a leap second's.
  if (!isDay || of('hour') > 23 || of('minute') > 59 || of('second') > 60) return undefined;
  const local = midnight + ((of('hour') * 60 + of('minute')) * 60 + of('second')) * 1_000;
  const offsetMinutes = of('offsetHours') * 60 + of('offsetMinutes');
  return local - (at['sign'] === '-' ? -1 : 1) * offsetMinutes * 60_000;
}

function uidProblem(uid: string): string | undefined {
  // Decoding replaced invalid UTF-8 with this character, which would merge different addresses.
  if (uid.includes('\uFFFD')) return 'the address is not UTF-8';
  try {
    checkUid(uid);
    return undefined;
  } catch (error) {
    if (!isRouteError(error, 'INVALID_PARAMETER')) throw error;
    return `the address cannot be a uid: ${error.problem}`;
  }
}

function shapeProblem(line: string): string {
  if (line.trim() === '') return 'it is empty';
  if (!START.test(line)) return 'it has no address, two fields and a time in brackets';
  return 'it has no "request", status and size after the time in brackets';
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
