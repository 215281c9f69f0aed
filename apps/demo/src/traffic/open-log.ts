import { type FileHandle, open } from 'node:fs/promises';
import { DemoError } from '../cli/demo-error.ts';
import type { Arrival } from './arrival.ts';
import { parseLogLine, readLines } from '@stateful-route/lab/log';

/** Called for each malformed line. */
type OnMalformed = (lineNumber: number, problem: string) => void;

/** An opened log. */
export interface OpenLog {
  arrivals(onMalformed: OnMalformed): AsyncGenerator<Arrival>;
  close(): Promise<void>;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

/** Opens a web-server log. Rejects before anything else is started if it cannot be read. */
export async function openLog(path: string): Promise<OpenLog> {
  try {
    const file = await open(path);
    const stat = await file.stat();
    if (stat.isDirectory()) {
      await file.close();
      throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
    }
    return {
      arrivals: (onMalformed) => arrivalsOf(file, stat.size, onMalformed),
      close: () => file.close(),
    };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new DemoError(`The log ${path} cannot be read: ${reasons[code] ?? message}.`, { cause: error });
  }
}

async function* arrivalsOf(
  file: FileHandle,
  size: number,
  onMalformed: OnMalformed,
): AsyncGenerator<Arrival> {
  const chunks = file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>;
  for await (const { number, text, end } of readLines(chunks)) {
    const line = text === undefined ? { problem: 'it is too long' } : parseLogLine(text);
    if (line.problem === undefined) {
      // A pipe has no size: then all incidents are due at the start.
      yield { uid: line.uid, time: line.time, progress: size > 0 ? Math.min(1, end / size) : 1 };
    } else {
      onMalformed(number, line.problem);
    }
  }
}
