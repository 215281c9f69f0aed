import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { root, tool } from './workspace.ts';

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

interface CruiseReport {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/** The violations of the workspace's import rules in the sources below `cwd`. */
export async function violationsIn(cwd: string, folders: readonly string[]): Promise<Violation[]> {
  const config = join(root, '.dependency-cruiser.mjs');
  const args = ['--config', config, '--output-type', 'json', ...folders];
  const { stdout, stderr } = await runCommand(tool('depcruise'), args, { cwd });
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser said: ${stdout}${stderr}`);
  const { summary } = JSON.parse(stdout) as CruiseReport;
  // With a TypeScript version it does not support, it reads no .ts file and reports success.
  if (summary.totalCruised === 0) throw new Error('dependency-cruiser read nothing');
  return summary.violations.map(({ from, to, rule }) => ({ rule: rule.name, from, to }));
}
