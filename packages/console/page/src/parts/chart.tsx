import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { timeOf } from '../words/figures.ts';

/** A line of a chart. */
export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | undefined)[];
  /** Drawn as a surface down to 0. */
  readonly isFilled?: boolean;
}

const LEAST_SPAN_S = 60;
const GRID = 1;
const GAP_MS = 20_000;

/**
 * Lines over the last minutes. A canvas is silent to those who listen and to a keyboard: the legend says the last values in
 * words.
 */
export function Chart(props: {
  readonly label: string;
  /** The store's times in ms, ascending. */
  readonly at: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly text: (value: number) => string;
}): JSX.Element {
  const { label, text } = props;
  const { at, lines } = useMemo(() => withGaps(props.at, props.lines), [props.at, props.lines]);
  const field = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const plot = useRef<UPlot | null>(null);
  const pointed = useSignal<number | undefined>(undefined);

  useLayoutEffect(() => {
    const room = field.current;
    const inks = legend.current;
    if (!room || !inks) return undefined;
    const drawn = new UPlot(
      { ...optionsOf(lines, text, inks), width: room.clientWidth, height: room.clientHeight },
      dataOf(at, lines),
      room,
    );
    drawn.hooks.setCursor = [({ cursor }) => (pointed.value = cursor.idx ?? undefined)];
    plot.current = drawn;
    const fit = new ResizeObserver(() =>
      drawn.setSize({ width: room.clientWidth, height: room.clientHeight }),
    );
    fit.observe(room);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const repaint = (): void => drawn.redraw(false, true);
    scheme.addEventListener('change', repaint);
    return () => {
      fit.disconnect();
      scheme.removeEventListener('change', repaint);
      drawn.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(at, lines)), [at, lines]);

  const index = pointed.value ?? at.length - 1;
  const time = at[index];
  return (
    <figure class="chart">
      <figcaption>
        <h2>{label}</h2>
        <ul ref={legend}>
          {lines.map(({ label: name, values }, line) => (
            <li key={name}>
              <i class={`ink-${line + 1}`} />
              {name}
              <b>{values[index] === undefined ? '–' : text(values[index])}</b>
            </li>
          ))}
          <li class="muted when">
            {pointed.value === undefined || time === undefined ? 'now' : timeOf(time, time)}
          </li>
        </ul>
      </figcaption>
      <div class="chart-field" ref={field} aria-hidden="true" />
    </figure>
  );
}

/** Nobody looked for so long: what was in between is unknown, and no line is drawn through it. */
function withGaps(
  at: readonly number[],
  lines: readonly ChartLine[],
): { readonly at: readonly number[]; readonly lines: readonly ChartLine[] } {
  const gaps = at.flatMap((ms, index) => (index > 0 && ms - at[index - 1]! > GAP_MS ? index : []));
  if (gaps.length === 0) return { at, lines };
  const cut = <T,>(values: readonly T[], between: (index: number) => T): T[] =>
    values.flatMap((value, index) => (gaps.includes(index) ? [between(index), value] : [value]));
  return {
    at: cut(at, (index) => at[index - 1]! + 1),
    lines: lines.map((line) => ({ ...line, values: cut(line.values, () => undefined) })),
  };
}

const dataOf = (at: readonly number[], lines: readonly ChartLine[]): UPlot.AlignedData => [
  at.map((ms) => ms / 1_000),
  ...lines.map(({ values }) => values.map((value) => value ?? null)),
];

function optionsOf(
  lines: readonly ChartLine[],
  text: (value: number) => string,
  legend: HTMLElement,
): Omit<UPlot.Options, 'width' | 'height'> {
  const inkOf = (line: number): string =>
    getComputedStyle(legend.querySelectorAll('i')[line] ?? legend).color;
  const muted = (): string => getComputedStyle(legend.querySelector('.when') ?? legend).color;
  const grid = {
    stroke: () => muted().replace(/^rgb\((.*)\)$/, 'rgba($1, 0.16)'),
    width: GRID,
  };
  const font = `11px ${getComputedStyle(legend).fontFamily}`;
  const axis = { stroke: muted, font, ticks: { show: false }, grid };
  return {
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    padding: [10, 28, 0, 0],
    scales: {
      x: { time: true, range: (_, from, to) => [Math.min(from ?? 0, (to ?? 0) - LEAST_SPAN_S), to ?? 0] },
      y: { range: (_, __, to) => [0, Math.max(1, (to ?? 0) * 1.12)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 76,
        values: (_, times) => times.map((s) => timeOf(s * 1_000, s * 1_000).slice(0, s % 60 === 0 ? 5 : 8)),
      },
      { ...axis, size: 46, space: 34, gap: 6, values: (_, values) => values.map(text) },
    ],
    series: [
      {},
      ...lines.map(({ label, isFilled }, line) => ({
        label,
        width: 1.75,
        stroke: () => inkOf(line),
        ...(isFilled === true && {
          fill: () => inkOf(line).replace(/^rgb\((.*)\)$/, 'rgba($1, 0.13)'),
        }),
        points: { show: false },
      })),
    ],
  };
}
