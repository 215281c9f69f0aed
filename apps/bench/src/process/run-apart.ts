import { ChildProgram } from '@stateful-route/lab/process';
import type { BenchContext, Findings } from '../benchmark.ts';
import type { Order, Report } from './messages.ts';

const PROGRAM = new URL('./benchmark-main.ts', import.meta.url);

/** Runs a benchmark in a process of its own: compiled code and a large heap of one would change what the next one measures. */
export function runApart(name: string, { say, ...settings }: BenchContext): Promise<Findings> {
  return new Promise((resolve, reject) => {
    const onReport = (report: Report): void => {
      if (report.type === 'said') say(report.line);
      else if (report.type === 'found') resolve(report.findings);
      else reject(new Error(report.why));
    };
    const child = new ChildProgram<Order, Report>(PROGRAM, onReport, { output: true });
    child.ended.then(
      (status) => reject(new Error(`The process of ${name} ended with status ${status}.`)),
      reject,
    );
    child.send({ name, settings });
  });
}
