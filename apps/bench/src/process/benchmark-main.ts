import { stackOf } from '@stateful-route/lab/command-line';
import { onParentMessage, sendToParent } from '@stateful-route/lab/process';
import { benchmarks } from '../benchmarks/all.ts';
import type { Order, Report } from './messages.ts';

async function run({ name, settings }: Order): Promise<Report> {
  try {
    const benchmark = benchmarks.find((each) => each.name === name);
    if (!benchmark) throw new Error(`There is no benchmark ${name}.`);
    const say = (line: string): void => void report({ type: 'said', line });
    return { type: 'found', findings: await benchmark.run({ ...settings, say }) };
  } catch (error) {
    return { type: 'failed', why: stackOf(error) };
  }
}

const report = (message: Report): Promise<void> => sendToParent(message);

onParentMessage(async (order: Order) => {
  await report(await run(order));
  // Ends the servers that are still running.
  process.exit(0);
});
