import { benchmarks } from '../benchmarks/all.ts';
import type { Order, Report } from './messages.ts';

function tell(report: Report): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(report, () => resolve());
  });
}

async function obey({ name, settings }: Order): Promise<Report> {
  try {
    const benchmark = benchmarks.find((each) => each.name === name);
    if (!benchmark) throw new Error(`There is no benchmark ${name}.`);
    const say = (line: string): void => void tell({ type: 'said', line });
    return { type: 'found', findings: await benchmark.run({ ...settings, say }) };
  } catch (error) {
    return { type: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.once('message', (order: Order) => {
  void obey(order)
    .then(tell)
    // Servers end with this process.
    .then(() => process.exit(0));
});
