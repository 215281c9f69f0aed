import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fencesOf } from './readme-blocks.ts';

/** A step of a page that its reader follows at a terminal. */
export type ShellStep =
  | { readonly kind: 'file'; readonly line: number; readonly name: string; readonly text: string }
  | {
      readonly kind: 'commands';
      readonly line: number;
      readonly text: string;
      /** What it prints, if the page shows it. */
      readonly output: string | undefined;
    };

/**
 * The steps of a page. An `sh` block is typed, a `text` block is the output of the block before it, a `js` block is a file whose
 * first line is a comment with its name. Throws for any other block.
 */
export function shellSteps(markdown: string): ShellStep[] {
  const steps: ShellStep[] = [];
  for (const { language, line, text } of fencesOf(markdown)) {
    const before = steps.at(-1);
    if (language === 'sh') {
      steps.push({ kind: 'commands', line, text, output: undefined });
    } else if (language === 'text' && before?.kind === 'commands' && before.output === undefined) {
      steps[steps.length - 1] = { ...before, output: text };
    } else {
      const [, name] = /^\/\/ (\S+\.js)\n/.exec(text) ?? [];
      if (language !== 'js' || name === undefined) throw new Error(`line ${line}: this block is no step`);
      steps.push({ kind: 'file', line, name, text: `${text}\n` });
    }
  }
  return steps;
}

const MARK = '--- the end of a step ---';

/** A shell that goes on from step to step, as a terminal does: the folder, variables and background programs stay. */
export class Shell {
  readonly #bash: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #printed = '';
  /** Its standard error: also what the shell itself says of programs in the background. */
  #errors = '';
  #heard: (() => void) | undefined;

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    // A process group of its own, so that programs in the background end with it.
    this.#bash = spawn('bash', [], { cwd, env: { ...process.env, ...env }, detached: true });
    this.#ended = new Promise((resolve) => {
      this.#bash.once('close', () => {
        resolve();
        this.#heard?.();
      });
    });
    this.#bash.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      this.#heard?.();
    });
    this.#bash.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  /** Types commands, and resolves with their standard output when the last has ended. Rejects if that fails, or takes too long. */
  async type(commands: string, withinMs = 60_000): Promise<string> {
    this.#printed = '';
    this.#errors = '';
    this.#bash.stdin.write(`${commands}\necho "${MARK} $?"\n`);
    const ending = new RegExp(`^${MARK} (\\d+)\\n`, 'm');
    const deadline = performance.now() + withinMs;
    for (;;) {
      const end = ending.exec(this.#printed);
      const printed = this.#printed.slice(0, end?.index).trimEnd();
      if (end?.[1] === '0') return printed;
      const leftMs = deadline - performance.now();
      if (end || leftMs <= 0 || this.#bash.exitCode !== null) {
        const how = end ? `ended with ${end[1]}` : 'did not end';
        throw new Error(`${commands}\n${how}:\n${printed}\n${this.#errors}`);
      }
      await this.#more(leftMs);
    }
  }

  /** Ends everything that was started in it. */
  async end(): Promise<void> {
    if (this.#bash.pid !== undefined && this.#bash.exitCode === null)
      process.kill(-this.#bash.pid, 'SIGKILL');
    await this.#ended;
  }

  #more(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#heard = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
