/** A table of the page. */
export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A plot of the page. */
export interface Plot {
  readonly kind: 'plot';
  /** The base name of the SVG file. */
  readonly name: string;
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

/** An axis of a plot. */
export interface Axis {
  readonly label: string;
  readonly scale?: 'linear' | 'log' | undefined;
}

/** A line of a plot. */
export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What the page shows beside the metrics. */
export type Figure = Table | Plot;

/** A figure as the page refers to it: the lines of a plot are in its SVG. */
export type ShownFigure = Table | Pick<Plot, 'kind' | 'name' | 'caption'>;
