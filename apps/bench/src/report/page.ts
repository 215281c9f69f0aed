import { type Benchmark, isMet, type Metric } from '../benchmark.ts';
import type { Environment } from '../lab/environment.ts';
import type { ShownFigure, Table } from './figure.ts';
import { figure, goalText, spreadText, valueText } from './metric-line.ts';
import type { Result, Results } from './results.ts';

/** Returns the page in Markdown: the introduction, then the results. */
export function benchmarksPage(
  introduction: string,
  benchmarks: readonly Benchmark[],
  results: Results,
): string {
  const measured = benchmarks.flatMap((benchmark) => {
    const result = results[benchmark.name];
    return result ? [{ benchmark, result }] : [];
  });
  const latest = measured.map(({ result }) => result.environment).toSorted((a, b) => byDate(b, a))[0];
  const goals = measured.flatMap(({ result }) => result.metrics).filter(({ goal }) => goal);
  const parts = [
    introduction.trim(),
    ...(latest ? ['## The machine', table(environmentTable(latest))] : []),
    ...(goals.length > 0 ? ['## Goals', goalsLine(goals), table(metricsTable(goals))] : []),
    ...measured.flatMap(({ benchmark, result }) => section(benchmark, result)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function byDate(a: Environment, b: Environment): number {
  return a.date.localeCompare(b.date);
}

function section({ name, title, about, notes }: Benchmark, result: Result): string[] {
  const { metrics, figures = [], environment } = result;
  return [
    `## ${title}`,
    about,
    measuredLine(name, environment),
    ...(metrics.length > 0 ? [table(metricsTable(metrics))] : []),
    ...figures.map(figureText),
    ...(notes === undefined ? [] : [notes.trim()]),
  ];
}

function measuredLine(name: string, { date, rounds, scale }: Environment): string {
  const part = scale < 1 ? `, with ${scale} of the work: a check that it runs, no result` : '';
  return `\`npx pnpm bench --only ${name}\` (${date}, ${rounds} rounds${part})`;
}

function goalsLine(goals: readonly Metric[]): string {
  const met = goals.filter((metric) => isMet(metric)).length;
  return `${met} of ${goals.length} are met.`;
}

function metricsTable(metrics: readonly Metric[]): Pick<Table, 'columns' | 'rows'> {
  return {
    columns: ['metric', 'what it is', 'median', 'least – most of the rounds', 'goal', 'met'],
    rows: metrics.map((metric) => {
      const met = isMet(metric);
      return [
        `\`${metric.name}\``,
        metric.shown,
        valueText(metric),
        spreadText(metric),
        metric.goal ? goalText(metric.goal) : '',
        met === undefined ? '' : met ? 'yes' : '**no**',
      ];
    }),
  };
}

function environmentTable(environment: Environment): Pick<Table, 'columns' | 'rows'> {
  const { node, redis, ioredis, cpu, cores, memoryGb, os } = environment;
  return {
    columns: ['', ''],
    rows: [
      ['processor', `${cpu}, ${cores} cores, shared by the benchmark and Redis`],
      ['memory', `${memoryGb} GB`],
      ['system', os],
      ['Node', node],
      ['Redis', redis],
      ['ioredis', ioredis],
    ],
  };
}

function figureText(shown: ShownFigure): string {
  if (shown.kind === 'plot') return `![${shown.caption}](benchmarks/${shown.name}.svg)`;
  return `${shown.caption}:\n\n${table(shown)}`;
}

function table({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const rule = columns.map(() => '---').join('|');
  return [line(columns), `|${rule}|`, ...rows.map(line)].join('\n');
}

function cell(content: string | number): string {
  return typeof content === 'number' ? figure(content) : content.replaceAll('|', '\\|');
}
