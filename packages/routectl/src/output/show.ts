import type { Context } from '../run/context.ts';
import { type Column, fields, table } from './table.ts';

/** Prints a result: as JSON in one line, or as text. */
export function show({ format, streams: { out } }: Context, result: unknown, text: () => string): void {
  out.write(format === 'json' ? `${JSON.stringify(result)}\n` : text());
}

/** A table that fits the terminal, if the output is one. */
export function tableOf<Row>(
  context: Context,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const { out } = context.streams;
  const width = out.isTTY === true ? out.columns : undefined;
  return table(columns, rows, width, (text) => context.paint('bold', text));
}

export { fields };
