import { createReadStream } from 'node:fs';
import { parseLogLine } from './parse-log-line.ts';
import { readLines } from './read-lines.ts';

/** A request in a log. */
export interface LoggedRequest {
  /** The client's address. */
  readonly uid: string;
  /** Ms since the epoch. */
  readonly time: number;
}

/** The requests of a web-server log in Common or Combined Log Format, ordered by time. Other lines are left out. */
export async function readLog(path: string): Promise<readonly LoggedRequest[]> {
  const requests: LoggedRequest[] = [];
  for await (const { text } of readLines(createReadStream(path) as AsyncIterable<Buffer>)) {
    const line = parseLogLine(text ?? '');
    if (line.problem === undefined) requests.push(line);
  }
  return requests.toSorted((a, b) => a.time - b.time);
}
