/** The settings that a search tried, as uPlot draws them: a point each, with its value beside it. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { CoachPoints } from '../lib/plot-words.ts';
import { ticksOf } from './axis.ts';
import { scaledFont, type Palette } from './palette.ts';

interface PointChartOptions {
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
  readonly formatTick: (value: number) => string;
  /** Words for the value of a point. */
  readonly formatPoint: (value: number | null) => string;
}

/** Room that a label takes, px. */
const LABEL_WIDTH = 56;
const LABEL_HEIGHT = 32;

/** Draws points once; a plot that changes is drawn anew. The caller destroys it. */
export function createPointChart(host: HTMLElement, plot: CoachPoints, options: PointChartOptions): uPlot {
  const { palette, width, height, formatTick } = options;
  const axis = (isLog: boolean, most: number): uPlot.Axis => ({
    stroke: palette.ink,
    font: palette.font,
    ticks: { show: false },
    gap: 6,
    filter: (_chart, splits) => splits,
    splits: (_chart, _axis, from, to) => ticksOf(from, to, { isLog, most: Math.max(2, Math.floor(most)) }),
    values: (_chart, splits) => splits.map(formatTick),
  });
  const scale = (isLog: boolean): uPlot.Scale => (isLog ? { distr: 3, range: roomyLog } : {});
  const sorted = plot.points.toSorted((a, b) => a.x - b.x);
  const isLogX = plot.isLogX && plot.points.every(({ x }) => x > 0); // no weight decay at all has no place among powers
  const isLogY = plot.isLogY && plot.points.every(({ y }) => y > 0);
  return new uPlot(
    {
      width,
      height,
      padding: [12, 14, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, ...scale(isLogX) }, y: scale(isLogY) },
      axes: [
        {
          ...axis(isLogX, width / LABEL_WIDTH),
          size: 24,
          grid: { show: false },
          border: { show: true, stroke: palette.axis, width: 1 },
        },
        { ...axis(isLogY, height / LABEL_HEIGHT), size: 46, grid: { stroke: palette.grid, width: 1 } },
      ],
      series: [{}, { paths: () => null, points: { show: true, size: 7, stroke: palette.train, fill: palette.train } }],
      hooks: { draw: [(chart) => drawValues(chart, plot, options)] },
    },
    [sorted.map(({ x }) => x), sorted.map(({ y }) => y)],
    host,
  );
}

/** A third of a power of ten of room on both sides. */
const roomyLog: uPlot.Range.Function = (_chart, low, high) => [low / 2, high * 2];

/** The value beside each point, and the best in the accent. */
function drawValues(chart: uPlot, { points, best }: CoachPoints, { palette, formatPoint }: PointChartOptions): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = scaledFont(palette.font);
  ctx.textAlign = 'center';
  ctx.textBaseline = 'bottom';
  for (const { x, y, value } of points) {
    const [left, top] = [chart.valToPos(x, 'x', true), chart.valToPos(y, 'y', true)];
    const isBest = x === best.x && y === best.y;
    ctx.fillStyle = isBest ? palette.validation : palette.ink;
    ctx.fillText(formatPoint(value), left, top - 6 * ratio);
    if (!isBest) continue;
    ctx.beginPath();
    ctx.arc(left, top, 5 * ratio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}
