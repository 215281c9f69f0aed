import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin.js', import.meta.url));
const TERMINAL = fileURLToPath(new URL('terminal.py', import.meta.url));

/** How a command ended, and what it printed. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command in a process of its own. */
export class RunningCommand {
  readonly child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #out = '';
  #err = '';

  constructor(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(program, [...args], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.#ended = once(this.child, 'close').then(([status]) => ({
      status: status as number | null,
      out: this.#out,
      err: this.#err,
    }));
  }

  /** What it has printed so far. */
  get out(): string {
    return this.#out;
  }

  /** What it has said on standard error so far. */
  get err(): string {
    return this.#err;
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }
}

/** Starts the command. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCommand {
  return new RunningCommand(process.execPath, [BIN, ...args], env);
}

/** Runs the command to its end. */
export function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return start(args, env).ended();
}

/** What somebody types, and the environment. */
interface AtTerminal {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the command on a terminal of so many columns, where somebody types the input. What is printed is in `out`. */
export function startOnTerminal(
  columns: number,
  args: readonly string[],
  { input = '', env = {} }: AtTerminal = {},
): RunningCommand {
  const command = [process.execPath, BIN, ...args];
  return new RunningCommand('python3', [TERMINAL, String(columns), input, ...command], {
    TERM: 'xterm',
    ...env,
  });
}

/** Runs the command on a terminal to its end. */
export function runOnTerminal(
  columns: number,
  args: readonly string[],
  terminal: AtTerminal = {},
): Promise<Ended> {
  return startOnTerminal(columns, args, terminal).ended();
}
