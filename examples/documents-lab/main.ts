/**
 * `npx pnpm -s documents`: sixty providers on thirty documents of three pods, while pods end and faults happen, with the library's
 * own times. `--only NAME,…` runs some of it. Prints a line of JSON for each; the status is 1 if anything was lost.
 */
import { parseArgs } from 'node:util';
import { faultNames, runFault } from './faults.ts';
import { measureMoves } from './moves.ts';

const runs = new Map<string, () => Promise<object>>([
  ...[0, 200, 1_000].map((saveMs) => [`moves-${saveMs}`, () => measureMoves({ saveMs })] as const),
  ...faultNames.map((name) => [name, () => runFault(name)] as const),
]);

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = values.only?.split(',') ?? [...runs.keys()];
const unknown = names.filter((name) => !runs.has(name));
if (unknown.length > 0) {
  console.error(`--only: no ${unknown.join(', ')}; there are ${[...runs.keys()].join(', ')}`);
  process.exit(2);
}
for (const name of names) {
  try {
    console.log(JSON.stringify({ name, ...(await runs.get(name)!()) }));
  } catch (error) {
    console.error(`${name}:`, error);
    process.exitCode = 1;
  }
}
process.exit();
