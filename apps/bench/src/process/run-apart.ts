import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchContext, Findings } from '../benchmark.ts';
import type { Report } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./benchmark-main.ts', import.meta.url));

/**
 * Runs a benchmark in a process of its own: what one of them leaves behind, compiled code and a large heap, would change
 * what the next one measures.
 */
export function runApart(name: string, { say, ...settings }: BenchContext): Promise<Findings> {
  const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.on('message', (report: Report) => {
      if (report.type === 'said') say(report.line);
      else if (report.type === 'found') resolve(report.findings);
      else reject(new Error(report.why));
    });
    child.once('error', reject);
    child.once('close', (status) => reject(new Error(`The process of ${name} ended with status ${status}.`)));
    child.send({ name, settings });
  });
}
