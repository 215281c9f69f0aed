import { until } from '@stateful-route/harness';
import { fencesOf } from '../../src/readme-blocks.ts';
import { runCommand } from '../../src/run-command.ts';

/** A step of a section: a command with what it prints and its exit status, or what a metric is. */
export type RunbookStep =
  | {
      readonly kind: 'command';
      readonly line: number;
      readonly command: string;
      readonly status: number;
      /** What it prints, if the page shows it. */
      readonly output: string | undefined;
    }
  | { readonly kind: 'metric'; readonly line: number; readonly condition: string };

/** A section of the page. */
export interface RunbookSection {
  readonly title: string;
  readonly text: string;
  readonly steps: readonly RunbookStep[];
}

/** The sections of the page, without what stands before them. */
export function runbookSections(page: string): RunbookSection[] {
  const sections: RunbookSection[] = [];
  let line = 1;
  for (const text of page.split(/^(?=## )/m)) {
    const title = /^## (.+)$/m.exec(text)?.[1];
    if (title !== undefined) sections.push({ title, text, steps: stepsOf(text, line) });
    line += text.split('\n').length - 1;
  }
  return sections;
}

/** An `sh` block is a command, a `text` block after it is what it prints, a `promql` block what a metric is. Throws for any other. */
function stepsOf(section: string, before: number): RunbookStep[] {
  const steps: RunbookStep[] = [];
  for (const { language, line: within, text } of fencesOf(section)) {
    const line = before + within - 1;
    const last = steps.at(-1);
    if (language === 'sh') {
      const [, command = '', status = '0'] = /^(.*?)(?: # exit status (\d+))?$/.exec(text) ?? [];
      if (!command.startsWith('routectl ')) throw new Error(`line ${line}: no command of routectl alone`);
      steps.push({ kind: 'command', line, command, status: Number(status), output: undefined });
    } else if (language === 'text' && last?.kind === 'command' && last.output === undefined) {
      steps[steps.length - 1] = { ...last, output: text };
    } else if (language === 'promql') steps.push({ kind: 'metric', line, condition: text });
    else throw new Error(`line ${line}: this block is no step`);
  }
  return steps;
}

/** Commands that change nothing: a reader looks again until they show it. */
const LOOKS = new Set(['status', 'pods', 'pod', 'users', 'where', 'explain', 'events', 'doctor', 'verify']);

const INCARNATION = /\b\d{13}\.[\w-]+\.\d+\b/g;

/** How a walk runs commands and reads metrics. */
export interface WalkParts {
  /** The folder that has `routectl`. */
  readonly path: string;
  /** What is added to each command, to reach a store that no variable names. */
  readonly options?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Series of the fleet in Prometheus' text. */
  readonly scrape: () => Promise<string>;
}

/** Goes through the steps of a section, in order, while a test makes happen what it is about. */
export class RunbookWalk {
  readonly #steps: RunbookStep[];
  readonly #parts: WalkParts;
  /** The incarnations that were printed, by those that the page shows in their place. */
  readonly #incarnations = new Map<string, string>();

  constructor({ steps }: RunbookSection, parts: WalkParts) {
    this.#steps = [...steps];
    this.#parts = parts;
  }

  /** Does the steps up to the next one that is this command or condition, and that one too. */
  async to(last: string): Promise<void> {
    for (;;) {
      const step = this.#steps.shift();
      if (!step) throw new Error(`No step that is left is "${last}"`);
      await this.#do(step);
      if ((step.kind === 'command' ? step.command : step.condition) === last) return;
    }
  }

  /** Does the steps that are left. */
  async rest(): Promise<void> {
    for (const step of this.#steps.splice(0)) await this.#do(step);
  }

  /** Does a step. Rejects if it does not show what the page says. */
  async #do(step: RunbookStep): Promise<void> {
    if (step.kind === 'metric') {
      let last = '';
      const isMet = async (): Promise<boolean> => isTrue(step.condition, (last = await this.#parts.scrape()));
      await until(`line ${step.line}: ${step.condition}`, isMet).catch((error: Error) => {
        throw new Error(`${error.message}\n${seriesOf(step.condition, last)}`);
      });
      return;
    }
    let seen = '';
    const [, verb = ''] = step.command.split(' ');
    const isRight = async (): Promise<boolean> => {
      const { status, printed } = await this.#run(step.command);
      seen = `${printed}\nexit status ${status}`;
      if (status !== step.status) return false;
      if (step.output === undefined) return true;
      this.#learn(step.output, printed);
      return general(printed) === general(step.output);
    };
    const withinMs = LOOKS.has(verb) ? 20_000 : 0;
    await until(`line ${step.line}: ${step.command}`, isRight, { withinMs, everyMs: 100 }).catch(
      (error: Error) => {
        throw new Error(`${error.message}\nprinted:\n${seen}\nthe page says:\n${step.output}`, {
          cause: error.cause,
        });
      },
    );
  }

  async #run(command: string): Promise<{ readonly status: number | null; readonly printed: string }> {
    const typed = command.replaceAll(INCARNATION, (shown) => this.#incarnations.get(shown) ?? shown);
    const { path, env, options = '' } = this.#parts;
    const { status, stdout, stderr } = await runCommand('bash', ['-c', `${typed} ${options}`], {
      cwd: path,
      env: { ...env, PATH: `${path}:${process.env['PATH']}` },
    });
    return { status, printed: `${stdout}${stderr}`.trimEnd() };
  }

  #learn(shown: string, printed: string): void {
    const real = printed.match(INCARNATION) ?? [];
    for (const [at, each] of (shown.match(INCARNATION) ?? []).entries())
      if (real[at] !== undefined) this.#incarnations.set(each, real[at]);
  }
}

/** Output without what differs from run to run: times, tokens, incarnations, and the width of columns. */
function general(output: string): string {
  return output
    .replaceAll(INCARNATION, 'INCARNATION')
    .replaceAll(/\b\d{4}-\d\d-\d\dT\S+Z/g, 'TIME')
    .replaceAll(/\b(?:\d+m)?\d+(?:\.\d+)? ?m?s\b/g, 'DURATION')
    .replaceAll(/\b127\.0\.0\.1:\d+/g, 'SERVER')
    .replaceAll(/\b\d{16}\b/g, 'TOKEN')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/^ +/gm, '');
}

interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const labelsOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]));

function* allSeries(scraped: string): Iterable<Series> {
  for (const [, name = '', labels = '', value = ''] of scraped.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)/gm))
    yield { name, labels: labelsOf(labels), value: Number(value) };
}

const CONDITION = /^(\w+)(?:\{(.*)\})? (>|==|<) (\S+)$/;

/** Whether a comparison of one metric with a number holds for one of its series. */
function isTrue(condition: string, scraped: string): boolean {
  const [, name, labels = '', sign, number = ''] = CONDITION.exec(condition) ?? [];
  if (name === undefined) throw new Error(`"${condition}" is no comparison of a metric with a number`);
  const wanted = [...labelsOf(labels)];
  return [...allSeries(scraped)].some(
    (series) =>
      series.name === name &&
      wanted.every(([label, value]) => series.labels.get(label) === value) &&
      (sign === '>'
        ? series.value > Number(number)
        : sign === '<'
          ? series.value < Number(number)
          : series.value === Number(number)),
  );
}

/** The lines of the condition's metric. */
function seriesOf(condition: string, scraped: string): string {
  const name = CONDITION.exec(condition)?.[1] ?? '';
  return scraped
    .split('\n')
    .filter((line) => line.startsWith(name))
    .join('\n');
}
