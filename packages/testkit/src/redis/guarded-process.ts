import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** A program that ends with this process, however this process ends. */
export interface GuardedProcess {
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Kills it, even if it is stopped, and waits for its end. */
  kill(): Promise<void>;
}

/** Kills the processes on its list when its standard input ends, as it does when this process is killed. */
const GUARD = `
  trap '' INT TERM HUP
  pids=
  while read -r sign pid; do
    case $sign in
      +) pids="$pids $pid" ;;
      -) rest=; for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done; pids=$rest ;;
    esac
  done
  [ -z "$pids" ] || kill -9 $pids
`;
const OUTPUT_KEPT = 20_000;
let guard: Writable | undefined;

/** A child process or a socket to it: each can keep this process alive. */
interface Handle {
  ref(): void;
  unref(): void;
}

/**
 * Starts a program, and resolves when its output says that it is ready. It does not keep this process alive.
 *
 * Rejects with its output if it ends before that.
 */
export async function startGuarded(
  program: string,
  args: readonly string[],
  ready: RegExp,
  env: NodeJS.ProcessEnv = process.env,
): Promise<GuardedProcess> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid !== undefined) notifyGuard(`+ ${pid}`);
  let output = '';
  let running = pid !== undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running = false;
      if (pid !== undefined) notifyGuard(`- ${pid}`);
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    const read = (text: string): void => {
      output = (output + text).slice(-OUTPUT_KEPT);
      if (ready.test(output)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', (cause) => {
      reject(new Error(`${program} does not start: is it installed, and on the PATH?`, { cause }));
    });
    void ended.then(() => reject(new Error(`${program} ended at once: ${output.trim()}`)));
  });
  const handles = [child, child.stdout, child.stderr] as unknown as Handle[];
  for (const handle of handles) handle.unref();
  return {
    signal: (name) => send(child, name),
    kill: async () => {
      for (const handle of handles) handle.ref();
      if (running) send(child, 'SIGKILL');
      await ended;
    },
  };
}

function send(child: ChildProcess, name: NodeJS.Signals): void {
  if (!child.kill(name)) throw new Error('The server has ended.');
}

/** One guard for all programs of this process. */
function notifyGuard(line: string): void {
  guard ??= startGuard();
  guard.write(`${line}\n`);
}

function startGuard(): Writable {
  const child = spawn('sh', ['-c', GUARD], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  (child.stdin as unknown as Handle).unref();
  return child.stdin;
}
