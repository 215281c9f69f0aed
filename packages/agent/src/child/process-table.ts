import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** What `/proc/PID/stat` says of a process. */
export interface ProcessEntry {
  readonly pid: number;
  /** Whether it can still act: a zombie can, while one of its threads runs. */
  readonly isAlive: boolean;
  readonly session: number;
  /** When it started, in the kernel's clock ticks since the boot. */
  readonly startTicks: number;
}

/** Where `stat` says at which address the environment ends: 0 if there is none. */
const ENVIRONMENT_END = 48;

/** More than `stat` and most environments have. */
const BUFFER_BYTES = 16_384;

/** What happened when a file of a process was read. */
type Unread = 'gone' | 'refused';

/** Read from the kernel of Linux. */
export class ProcessTable {
  readonly #proc: string;
  /** For all files: a scan reads hundreds, and a buffer for each would be most of its cost. */
  #buffer: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);

  constructor(proc: string = '/proc') {
    this.#proc = proc;
  }

  /** All processes that have existed while this ran, and perhaps others. */
  pids(): number[] {
    return readdirSync(this.#proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  }

  read(pid: number): ProcessEntry | Unread {
    const fields = this.#fields(pid);
    if (typeof fields === 'string') return fields;
    const [state, session, threads, startTicks] = [0, 3, 17, 19].map((at) => fields[at]);
    const isDead = state === 'X' || (state === 'Z' && Number(threads) <= 1);
    return { pid, isAlive: !isDead, session: Number(session), startTicks: Number(startTicks) };
  }

  /**
   * Whether the process was started with this variable, or its parent was, and so on. `refused` also while it has no memory that
   * could tell: in the middle of an `exec`, or after its first thread has ended.
   */
  hasVariable(pid: number, variable: string): boolean | Unread {
    const text = this.#file(pid, 'environ');
    if (typeof text !== 'object') return text;
    if (text.length > 0) return `\0${text.toString('latin1')}`.includes(`\0${variable}\0`);
    const stat = this.#fields(pid);
    if (typeof stat === 'string') return stat;
    return stat[ENVIRONMENT_END] === '0' ? 'refused' : false;
  }

  /** The number that the kernel gave the newest process or thread; it changes with each new one. */
  newestPid(): number {
    return Number(readFileSync(join(this.#proc, 'loadavg'), 'utf8').trim().split(' ')[4]);
  }

  /** Why the table cannot prove that a process is gone; `undefined` if it can. */
  problem(): string | undefined {
    if (process.platform !== 'linux') return `there is no /proc on ${process.platform}`;
    try {
      if (readlinkSync(join(this.#proc, 'self')) !== String(process.pid))
        return '/proc is of another PID namespace';
      const mounts = readFileSync(join(this.#proc, 'self/mountinfo'), 'utf8').split('\n');
      const hides = (line: string): boolean =>
        line.split(' ')[4] === this.#proc && /\bhidepid=(?!0\b|off\b)/.test(line);
      if (mounts.some(hides)) return '/proc hides the processes of other users (hidepid)';
      if (!(this.newestPid() > 0)) return '/proc/loadavg does not say which process is the newest';
      return undefined;
    } catch (error) {
      return `/proc cannot be read: ${(error as Error).message}`;
    }
  }

  /** What follows the name of the program in `stat`. */
  #fields(pid: number): readonly string[] | Unread {
    const text = this.#file(pid, 'stat');
    if (typeof text !== 'object') return text;
    // The name is in parentheses, and may hold any character.
    const from = text.lastIndexOf(')') + 2;
    return text.toString('latin1', from).trim().split(' ');
  }

  /** Its content: good until the next file is read. */
  #file(pid: number, name: string): Buffer | Unread {
    let file: number | undefined;
    try {
      file = openSync(`${this.#proc}/${pid}/${name}`, 'r');
      for (let length = 0; ;) {
        const read = readSync(file, this.#buffer, length, this.#buffer.length - length, null);
        if (read === 0) return this.#buffer.subarray(0, length);
        length += read;
        if (length === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], length * 2);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : 'refused';
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
