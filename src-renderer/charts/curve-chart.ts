/** Curves over one axis, as uPlot draws them. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { ticksOf } from './axis.ts';
import type { Curve, Tone } from './curves.ts';
import { scaledFont, type Palette } from './palette.ts';

/** What stays while data moves. */
export interface CurveFrame {
  readonly xRange: readonly [number, number];
  readonly isLogX: boolean;
  readonly isLogY: boolean;
  /** Ticks of x are no closer than this. */
  readonly leastStepX: number;
  /** Stretches of x that are shaded. */
  readonly bands: readonly Band[];
  readonly marks: readonly Mark[];
  /** Words for a tick; `step` lies between two of them. */
  readonly tickX: (value: number, step: number) => string;
  readonly tickY: (value: number, step: number) => string;
  /** Charts with the same key share their crosshair. */
  readonly syncKey: string | null;
}

export interface Band {
  readonly from: number;
  readonly to: number;
}

/** A value that has a line of its own across the plot. */
export interface Mark {
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly name: string;
}

interface Drawing extends CurveFrame {
  readonly palette: Palette;
  /** Of each curve. */
  readonly colours: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Asked whenever the chart is drawn; the curves may move meanwhile, but stay as many and in their order. */
  readonly curves: () => readonly Curve[];
  readonly yRange: () => readonly [number, number];
  /** The value of x under the crosshair and its place in the chart, or null. */
  readonly onHover: (hover: { readonly x: number; readonly leftPx: number } | null) => void;
}

/** Room for the labels, px: left of the plot, below it. */
const AXIS_LEFT = 48;
const AXIS_BELOW = 24;
/** Room that a label takes, px. */
const LABEL_WIDTH = 48;
const LABEL_HEIGHT = 36;

/** The custom property that holds the colour of a tone. */
export function tokenOf(tone: Tone): string {
  if (typeof tone === 'number') return `--class-${tone}`;
  return { main: '--series-validation', other: '--series-train', faint: '--axis' }[tone];
}

/** Draws curves in front of one another: the last is on top. The caller sets data and size, and destroys it. */
export function createCurveChart(host: HTMLElement, drawing: Drawing): uPlot {
  const curves = drawing.curves();
  const { palette, colours, isLogX, isLogY, tickX, tickY, leastStepX, syncKey, onHover } = drawing;
  const axis: uPlot.Axis = {
    stroke: palette.ink,
    font: palette.font,
    ticks: { show: false },
    gap: 6,
    filter: (_chart, splits) => splits,
  };
  const most = (px: number, room: number): number => Math.max(2, Math.floor(px / room));
  return new uPlot(
    {
      width: drawing.width,
      height: drawing.height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, distr: isLogX ? 3 : 1, range: [...drawing.xRange] },
        y: { distr: isLogY ? 3 : 1, range: () => [...drawing.yRange()] },
      },
      axes: [
        {
          ...axis,
          size: AXIS_BELOW,
          grid: { show: false },
          border: { show: true, stroke: palette.axis, width: 1 },
          splits: ({ width }, _axis, from, to) =>
            ticksOf(from, to, { isLog: isLogX, most: most(width - AXIS_LEFT, LABEL_WIDTH), leastStep: leastStepX }),
          values: (_chart, splits) => worded(splits, tickX),
        },
        {
          ...axis,
          size: AXIS_LEFT,
          grid: { stroke: palette.grid, width: 1 },
          splits: ({ height }, _axis, from, to) =>
            ticksOf(from, to, { isLog: isLogY, most: most(height - AXIS_BELOW, LABEL_HEIGHT) }),
          values: (_chart, splits) => worded(splits, tickY),
        },
      ],
      series: [{}, ...curves.map((curve, index) => seriesOf(curve, colours[index] ?? palette.ink, palette))],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        move: snap,
        ...(syncKey === null ? {} : { sync: { key: syncKey, setSeries: false } }),
        points: {
          size: (_chart, index) => (curves[index - 1]?.tone === 'faint' ? 0 : 7),
          width: 2,
          fill: palette.surface,
          stroke: (_chart, index) => colours[index - 1] ?? palette.ink,
        },
      },
      hooks: {
        drawClear: [(chart) => drawBands(chart, drawing)],
        drawAxes: [(chart) => drawing.marks.forEach((mark) => drawMark(chart, mark, palette))],
        draw: [
          (chart) => drawing.curves().forEach((curve, index) => drawDot(chart, curve, colours[index] ?? palette.ink)),
        ],
        setCursor: [
          (chart) => {
            const { idx, left } = chart.cursor;
            const isInside = typeof idx === 'number' && left !== undefined && left >= 0;
            const x = isInside ? chart.data[0][idx] : undefined;
            onHover(x === undefined ? null : { x, leftPx: AXIS_LEFT + chart.valToPos(x, 'x') });
          },
        ],
      },
    },
    alignedCurves(curves, isLogY),
    host,
  );
}

/** All curves over the values of x of all. One that lacks a value of x goes on there; where it has no value, it has a gap. */
export function alignedCurves(curves: readonly Curve[], isLogY: boolean): uPlot.AlignedData {
  if (curves.length === 0) return [[]];
  const canBeDrawn = (value: number | null): boolean => Number.isFinite(value) && (!isLogY || Number(value) > 0);
  return uPlot.join(
    curves.map(({ x, y }): uPlot.AlignedData => [[...x], y.map((value) => (canBeDrawn(value) ? value : null))]),
  );
}

function worded(ticks: readonly number[], word: (value: number, step: number) => string): string[] {
  const step = (ticks[1] ?? 1) - (ticks[0] ?? 0);
  return ticks.map((value) => word(value, step));
}

function seriesOf(
  { tone, isDashed = false, hasPoints = false }: Curve,
  stroke: string,
  { surface }: Palette,
): uPlot.Series {
  const width = typeof tone === 'number' ? 2 : { main: 2, other: 1.5, faint: 1 }[tone];
  const points = hasPoints ? { show: true, size: 7, width: 1.5, stroke: surface, fill: stroke } : { show: false };
  return { stroke, width, points, ...(isDashed ? { dash: [4, 3] } : {}) };
}

/** The crosshair stands on values, never between two. */
function snap(chart: uPlot, left: number, top: number): [number, number] {
  const x = left < 0 ? undefined : chart.data[0][chart.posToIdx(left)];
  return [x === undefined ? left : chart.valToPos(x, 'x'), top];
}

function drawBands(chart: uPlot, { bands, palette }: Drawing): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.fillStyle = palette.ink;
  ctx.globalAlpha = 0.08;
  for (const { from, to } of bands) {
    const left = chart.valToPos(from, 'x', true);
    ctx.fillRect(left, bbox.top, chart.valToPos(to, 'x', true) - left, bbox.height);
  }
  ctx.restore();
}

/** A line across the plot, with its name where it begins or ends. */
function drawMark(chart: uPlot, { axis, value, name }: Mark, palette: Palette): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const at = Math.round(chart.valToPos(value, axis, true)) + 0.5;
  const isUpright = axis === 'x';
  ctx.save();
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(isUpright ? at : bbox.left, isUpright ? bbox.top : at);
  ctx.lineTo(isUpright ? at : bbox.left + bbox.width, isUpright ? bbox.top + bbox.height : at);
  ctx.stroke();
  ctx.font = scaledFont(palette.font);
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left'; // the labels of the value axis leave it at the right
  const gap = 6 * ratio;
  const { width } = ctx.measureText(name);
  const right = bbox.left + bbox.width;
  const beside = at + gap + width < right ? at + gap : at - gap - width;
  const left = isUpright ? beside : right - width;
  const top = isUpright ? bbox.top : at - 16 * ratio;
  ctx.fillStyle = palette.surface; // no line of the grid runs through the words
  ctx.fillRect(left - gap / 2, top, width + gap, 15 * ratio);
  ctx.fillStyle = palette.ink;
  ctx.fillText(name, left, top + 2 * ratio);
  ctx.restore();
}

function drawDot(chart: uPlot, { x, y, dotAt = null }: Curve, colour: string): void {
  const value = dotAt === null ? null : (y[x.indexOf(dotAt)] ?? null);
  if (value === null || dotAt === null) return;
  const { ctx } = chart;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(chart.valToPos(dotAt, 'x', true), chart.valToPos(value, 'y', true), 4 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.restore();
}
