import type { Script } from './script.ts';

/** A script as code that can be pasted into a test. */
export function printScript({ seed, lengthMs, fleet, events }: Script): string {
  const lines = events.map((event) => `    ${literal(event)},`);
  return [
    'const script: Script = {',
    `  seed: ${seed},`,
    `  lengthMs: ${lengthMs},`,
    `  fleet: ${literal(fleet)},`,
    ...(lines.length === 0 ? ['  events: [],'] : ['  events: [', ...lines, '  ],']),
    '};',
    'expect((await replay(script)).violation).toBeUndefined();',
  ].join('\n');
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{ ${fields.map(([name, field]) => `${name}: ${literal(field)}`).join(', ')} }`;
  }
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : String(value);
}
