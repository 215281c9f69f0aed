import { init } from 'echarts';
import type { Axis, Plot } from './figure.ts';

const WIDTH = 720;
const HEIGHT = 400;
/** Distinct also for colour-blind readers. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#7f7f7f'];
/** Lines with more points are drawn without marks. */
const MARKS_MAX = 20;
const LEGEND_TOP = 40;
const LEGEND_ROW = 22;
const LEGENDS_A_ROW = 3;
const INK = '#222222';
const GRID = '#dddddd';

/** Draws a plot. The background is white, also on a dark page. */
export function plotSvg({ caption, x, y, lines }: Plot): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    textStyle: { fontFamily: 'sans-serif', color: INK },
    title: { text: caption, left: 16, top: 12, textStyle: { fontSize: 15, fontWeight: 600, color: INK } },
    legend: { left: 84, right: 24, top: LEGEND_TOP, itemGap: 20, textStyle: { color: INK } },
    grid: { left: 84, right: 48, top: plotTop(lines.length), bottom: 56 },
    xAxis: axis(
      x,
      32,
      lines.flatMap(({ points }) => points.map(([at]) => at)),
    ),
    yAxis: { ...axis(y, 64), min: y.scale === 'log' ? decadeBelow(lines) : 0 },
    series: lines.map(({ label, points }) => ({
      type: 'line',
      name: label,
      data: points.map(([at, value]) => [at, value]),
      symbol: points.length > MARKS_MAX ? 'none' : 'circle',
      symbolSize: 7,
      lineStyle: { width: 2 },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

/** The top of the plot, below all rows of the legend. */
function plotTop(lines: number): number {
  return LEGEND_TOP + 16 + Math.ceil(lines / LEGENDS_A_ROW) * LEGEND_ROW;
}

function decadeBelow(lines: Plot['lines']): number {
  const least = Math.min(...lines.flatMap(({ points }) => points.map(([, value]) => value)));
  return 10 ** Math.floor(Math.log10(least));
}

/** A logarithmic axis ends at its last point, not at the next power of ten. */
function axis({ label, scale = 'linear' }: Axis, nameGap: number, values?: readonly number[]): object {
  const ends = values && { min: Math.min(...values), max: Math.max(...values) };
  return {
    type: scale === 'log' ? 'log' : 'value',
    name: label,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: INK, fontSize: 13 },
    axisLabel: { color: INK, formatter: (value: number) => value.toLocaleString('en') },
    axisLine: { show: true, lineStyle: { color: INK } },
    splitLine: { lineStyle: { color: GRID } },
    ...(scale === 'log' && ends),
  };
}
