import stringWidth from 'string-width';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  /** Columns with the greatest number are left out first where a line would be too long. Default 0: never. */
  readonly droppable?: number;
}

const GAP = '  ';
const CUT = '…';

/**
 * Lays rows out in columns.
 *
 * @param width - how many characters a line may have; `undefined` for any number. Columns that may be left out go first, then
 * the last one is cut.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
  bold: (text: string) => string = (text) => text,
): string {
  const laidOut = columns.map((column) => {
    const cells = rows.map((row) => printable(column.text(row)));
    return { column, cells, width: Math.max(...[column.title, ...cells].map((cell) => stringWidth(cell))) };
  });
  const kept = fitting(laidOut, width);
  const line = (cellOf: (at: (typeof kept)[number]) => string): string => {
    const cells = kept.map((at) => padded(cellOf(at), at.width, at.column.right === true));
    return cut(cells.join(GAP).trimEnd(), width);
  };
  const lines = [
    bold(line(({ column }) => column.title)),
    ...rows.map((_, nth) => line(({ cells }) => cells[nth]!)),
  ];
  return `${lines.join('\n')}\n`;
}

interface LaidOut {
  readonly column: { readonly droppable?: number };
  readonly width: number;
}

function fitting<Of extends LaidOut>(columns: readonly Of[], width: number | undefined): readonly Of[] {
  if (width === undefined) return columns;
  let kept = columns;
  const length = (): number => kept.reduce((sum, at) => sum + at.width + GAP.length, -GAP.length);
  while (length() > width) {
    const last = Math.max(...kept.map(({ column }) => column.droppable ?? 0));
    if (last === 0) break;
    kept = kept.filter(({ column }) => (column.droppable ?? 0) !== last);
  }
  return kept;
}

function padded(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return right ? space + text : text + space;
}

function cut(text: string, width: number | undefined): string {
  if (width === undefined || stringWidth(text) <= width) return text;
  let kept = '';
  for (const char of text) {
    if (stringWidth(kept + char) > width - 1) break;
    kept += char;
  }
  return kept + CUT;
}

/** What others wrote, such as an address, without what would act on a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is replaced
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\u{fffd}');
}

/** Names and values, one a line. */
export function fields(pairs: readonly (readonly [name: string, value: string | undefined])[]): string {
  const given = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${padded(name, width, false)}${GAP}${printable(value)}\n`).join('');
}
