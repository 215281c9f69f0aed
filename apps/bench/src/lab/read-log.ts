import { readFile } from 'node:fs/promises';
import { isRouteError } from '@stateful-route/core';
import { checkUid } from '@stateful-route/core/adapter';

/** A request of a log. */
export interface LoggedRequest {
  /** The client's address. */
  readonly uid: string;
  /** Ms since the epoch. */
  readonly atMs: number;
}

/** host ident user [time] "request" status; nothing after that is needed. */
const LINE =
  /^(?<host>\S+) \S+ .+? \[(?<day>\d{2})\/(?<month>[A-Z][a-z]{2})\/(?<year>\d{4}):(?<time>\d{2}:\d{2}:\d{2}) (?<offset>[+-]\d{4})\] "(?:[^"\\]|\\.)*" \d{3}(?=\s|$)/;

/**
 * The requests of a web-server log in Common or Combined Log Format, ordered by their time. Lines that are no request are
 * left out.
 */
export async function readLog(path: string): Promise<readonly LoggedRequest[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  const requests = lines.map(parse).filter((request) => request !== undefined);
  return requests.toSorted((a, b) => a.atMs - b.atMs);
}

function parse(line: string): LoggedRequest | undefined {
  const fields = LINE.exec(line)?.groups;
  if (!fields) return undefined;
  const { host, day, month, year, time, offset } = fields;
  const atMs = Date.parse(`${day} ${month} ${year} ${time} ${offset}`);
  return Number.isNaN(atMs) || !isUid(host!) ? undefined : { uid: host!, atMs };
}

function isUid(word: string): boolean {
  try {
    checkUid(word);
    return true;
  } catch (error) {
    if (isRouteError(error, 'INVALID_PARAMETER')) return false;
    throw error;
  }
}
