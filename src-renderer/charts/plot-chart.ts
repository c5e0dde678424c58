/** The coach's plots of lines and of points, as uPlot draws them. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { CoachPlot } from '../../src-main/contract/coach.ts';
import { scaledFont, type Palette } from './palette.ts';

export type DrawnPlot = Exclude<CoachPlot, { kind: 'heat' }>;

interface PlotChartOptions {
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
  /** Names of the plot's marks, in their order. */
  readonly markNames: readonly string[];
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** Words for the value of a point. */
  readonly formatPoint: (value: number | null) => string;
}

/** A place for each label at least, px. */
const X_SPACE = 56;
const Y_SPACE = 32;
/** Points of lines are drawn where each was chosen, not where they are a whole course. */
const MOST_POINTS = 30;

/** Draws a plot once; a plot that changes is drawn anew. The caller destroys it. */
export function createPlotChart(host: HTMLElement, plot: DrawnPlot, options: PlotChartOptions): uPlot {
  const { palette, width, height, formatX, formatY } = options;
  const axis: uPlot.Axis = { stroke: palette.ink, font: palette.font, ticks: { show: false }, gap: 6 };
  const isLogY = plot.kind === 'points' && plot.isLogY;
  return new uPlot(
    {
      width,
      height,
      padding: [12, 14, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: {
          time: false,
          ...(plot.isLogX ? { distr: 3 } : {}),
          ...(plot.kind === 'points' ? { range: roomyLog } : {}),
        },
        y: isLogY ? { distr: 3, range: roomyLog } : { range: withMarks(plot) },
      },
      axes: [
        {
          ...axis,
          size: 24,
          space: X_SPACE,
          grid: { show: false },
          border: { show: true, stroke: palette.axis, width: 1 },
          values: (_chart, splits) => splits.map((value) => (isTick(value, plot.isLogX) ? formatX(value) : '')),
          filter: (_chart, splits) => [...splits],
        },
        {
          ...axis,
          size: 46,
          space: Y_SPACE,
          grid: { stroke: palette.grid, width: 1 },
          values: (_chart, splits) => splits.map((value) => (isTick(value, isLogY) ? formatY(value) : '')),
          filter: (_chart, splits) => [...splits],
        },
      ],
      series: [{}, ...(plot.kind === 'lines' ? lineSeries(plot, palette) : [pointSeries(palette)])],
      hooks: {
        draw: [(chart) => (plot.kind === 'lines' ? drawMarks(chart, plot, options) : drawValues(chart, plot, options))],
      },
    },
    plot.kind === 'lines' ? joined(plot) : scattered(plot),
    host,
  );
}

/** On an axis of powers, whole ones alone are named: there is no room for those between. */
function isTick(value: number, isLog: boolean): boolean {
  return !isLog || Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;
}

type Lines = Extract<CoachPlot, { kind: 'lines' }>;
type Points = Extract<CoachPlot, { kind: 'points' }>;

/** The last line is what counts; those before it are there to compare. */
function lineSeries({ series }: Lines, palette: Palette): uPlot.Series[] {
  return series.map(({ x }, index) => {
    const isMain = index === series.length - 1;
    const stroke = isMain ? palette.validation : palette.train;
    return {
      stroke,
      spanGaps: true,
      ...(isMain ? { width: 2 } : { width: 1.5, dash: [4, 3] }),
      points: { show: x.length <= MOST_POINTS, size: 6, fill: palette.surface },
    };
  });
}

function pointSeries(palette: Palette): uPlot.Series {
  return { paths: () => null, points: { show: true, size: 7, stroke: palette.train, fill: palette.train } };
}

/** Lines over one axis: each has gaps where only others have a value. */
function joined({ series }: Lines): uPlot.AlignedData {
  return uPlot.join(series.map(({ x, y }): uPlot.AlignedData => [[...x], [...y]]));
}

function scattered({ points }: Points): uPlot.AlignedData {
  const sorted = points.toSorted((a, b) => a.x - b.x);
  return [sorted.map(({ x }) => x), sorted.map(({ y }) => y)];
}

/** The values and the marks beside them, with a little room; losses and shares begin at zero where they are near it. */
function withMarks(plot: DrawnPlot): uPlot.Range.Function {
  const marks = plot.kind === 'lines' ? plot.marks.filter(({ axis }) => axis === 'y').map(({ value }) => value) : [];
  return (_chart, low, high) => {
    const [from, to] = [Math.min(low, ...marks), Math.max(high, ...marks)];
    const room = (to - from) * 0.08 || 0.05;
    return [from >= 0 && from < to - from ? 0 : from - room, to + room];
  };
}

/** A third of a power of ten of room on both sides. */
const roomyLog: uPlot.Range.Function = (_chart, low, high) => [low / 2, high * 2];

function drawMarks(chart: uPlot, { marks }: Lines, { palette, markNames }: PlotChartOptions): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = palette.ink;
  ctx.fillStyle = palette.ink;
  ctx.font = scaledFont(palette.font);
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  for (const [index, { axis, value }] of marks.entries()) {
    const name = markNames[index] ?? '';
    const at = Math.round(chart.valToPos(value, axis, true)) + 0.5;
    ctx.beginPath();
    if (axis === 'y') {
      ctx.moveTo(bbox.left, at);
      ctx.lineTo(bbox.left + bbox.width, at);
      ctx.textAlign = 'right';
      ctx.textBaseline = 'bottom';
      ctx.fillText(name, bbox.left + bbox.width, at - 2 * ratio);
    } else {
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      const isLeft = at < bbox.left + bbox.width / 2;
      ctx.textAlign = isLeft ? 'left' : 'right';
      ctx.textBaseline = 'bottom';
      ctx.fillText(name, at + (isLeft ? 4 : -4) * ratio, bbox.top + bbox.height - 4 * ratio);
    }
    ctx.stroke();
  }
  ctx.restore();
}

/** The value beside each point, and the best in the accent. */
function drawValues(chart: uPlot, { points, best }: Points, { palette, formatPoint }: PlotChartOptions): void {
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
