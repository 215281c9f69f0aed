import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** One request of a log. */
export interface LoggedRequest {
  readonly uid: string;
  /** Ms since the epoch. */
  readonly atMs: number;
}

const LINE = /^(?<uid>\S+) \S+ .+? \[(?<date>[^:\]]+):(?<time>[^\]]+)\] "/;

/** The requests of a web-server log, in its order: the client's address is the user. Lines that are none are left out. */
export async function readLog(path: string): Promise<readonly LoggedRequest[]> {
  const requests: LoggedRequest[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const fields = LINE.exec(line)?.groups;
    if (!fields) continue;
    const atMs = Date.parse(`${fields['date']!.replaceAll('/', ' ')} ${fields['time']!}`);
    if (Number.isFinite(atMs)) requests.push({ uid: fields['uid']!, atMs });
  }
  return requests;
}
