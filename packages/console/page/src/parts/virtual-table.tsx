import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { useSteadyOrder } from './steady-order.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** By what it is sorted, if it can be. */
  readonly by?: (row: Row) => number | string;
  readonly isNumber?: boolean;
  /** Whether the first press sorts the greatest to the top. Default: of numbers. */
  readonly greatestFirst?: boolean;
  /** Any CSS width; the columns share what is left. */
  readonly width?: string;
  /** The width where there is little room. */
  readonly narrow?: string;
  /** From which width of the table on it is shown: 1 always, 4 only where there is much room. */
  readonly room?: 1 | 2 | 3 | 4;
}

/** By which column a table is sorted. */
export interface Sorting {
  readonly key: string;
  readonly descending: boolean;
}

const ROW = 40;
const SPARE = 8;

/**
 * A table that draws only the rows that can be seen, each of the same height. It scrolls with the page, so that a phone has one
 * thing to scroll. Every row is counted for those who listen. While a pointer is over it or the focus in it, rows keep their
 * places.
 */
export function VirtualTable<Row>(props: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string | number;
  readonly rowTone?: (row: Row) => string | undefined;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
  readonly empty: string;
}): JSX.Element {
  const { label, columns, rowKey, rowTone, sorting, onSort } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const order = {
    name: `${sorting.key} ${sorting.descending}`,
    compare: comparing(columns, sorting),
    keyOf: rowKey,
  };
  const rows = useSteadyOrder(
    props.rows,
    order,
    () => body.current?.matches(':hover, :focus-within') === true,
  );
  const seen = useSignal({ from: 0, to: 40 });

  useLayoutEffect(() => {
    const look = (): void => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / ROW) - SPARE);
      const to = Math.ceil((innerHeight - top) / ROW) + SPARE;
      const before = seen.peek();
      if (before.from !== from || before.to !== to) seen.value = { from, to };
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, []);

  // an even number of rows is left out, so that stripes stay where they are
  const from = Math.min(seen.value.from & ~1, Math.max(0, rows.length - 1));
  const shown = rows.slice(from, Math.max(from, seen.value.to));
  const below = Math.max(0, rows.length - from - shown.length);

  return (
    <div class="table-room">
      <table class="table" aria-label={label} aria-rowcount={rows.length + 1}>
        <colgroup>
          {columns.map(({ key, width, narrow, room = 1 }) => (
            <col key={key} data-room={room} data-narrow={narrow} style={{ width, '--narrow': narrow }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Head key={column.key} column={column} sorting={sorting} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {from > 0 && <Gap rows={from} columns={columns.length} />}
          {shown.map((row, index) => (
            <tr key={rowKey(row)} aria-rowindex={from + index + 2} data-tone={rowTone?.(row)}>
              {columns.map(({ key, cell, isNumber, room = 1 }) => (
                <td key={key} data-room={room} class={isNumber === true ? 'number' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {below > 0 && <Gap rows={below} columns={columns.length} />}
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">{props.empty}</p>}
    </div>
  );
}

function Gap({ rows, columns }: { readonly rows: number; readonly columns: number }): JSX.Element {
  return (
    <tr aria-hidden="true" class="gap">
      <td colSpan={columns} style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}

function Head<Row>(props: {
  readonly column: Column<Row>;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}): JSX.Element {
  const { column, sorting, onSort } = props;
  const { key, title, by, isNumber, greatestFirst = isNumber === true, room = 1 } = column;
  const isSorted = sorting.key === key;
  const className = isNumber === true ? 'number' : undefined;
  if (!by) {
    return (
      <th scope="col" class={className} data-room={room}>
        {title}
      </th>
    );
  }
  const icon = !isSorted ? 'sort' : sorting.descending ? 'down' : 'up';
  const direction = sorting.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={className} data-room={room} aria-sort={isSorted ? direction : 'none'}>
      <button
        type="button"
        class="plain"
        onClick={() => onSort({ key, descending: isSorted ? !sorting.descending : greatestFirst })}
      >
        {title}
        <Icon name={icon} />
      </button>
    </th>
  );
}

/** Compares rows by a column. */
function comparing<Row>(
  columns: readonly Column<Row>[],
  { key, descending }: Sorting,
): (a: Row, b: Row) => number {
  const by = columns.find((column) => column.key === key)?.by;
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [x, y] = [by?.(a) ?? 0, by?.(b) ?? 0];
    if (typeof x === 'number' && typeof y === 'number') return x === y ? 0 : sign * (x < y ? -1 : 1);
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  };
}
