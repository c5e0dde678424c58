import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { scaledFont, type Palette } from './palette.ts';

export interface LineData {
  readonly epochs: readonly number[];
  readonly training: readonly number[];
  readonly validation: readonly number[];
}

export interface LineChartOptions {
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
  /** Epochs that the run was planned for: drawn from the start. */
  readonly plannedEpochs: number;
  /** A line across the plot, between two epochs; what lies behind it is what `name` says. */
  readonly border: { readonly epoch: number; readonly name: string } | null;
  readonly range: (values: readonly number[]) => [number, number];
  /** Distances that two ticks of the value axis may have. */
  readonly steps: readonly number[];
  /** Words for a tick of the value axis; `step` lies between two of them. */
  readonly formatTick: (value: number, step: number) => string;
  /** Charts with the same key share their crosshair. */
  readonly syncKey: string;
  /** Index of the epoch under the crosshair and its place in the chart, or null. */
  readonly onHover: (hover: { readonly index: number; readonly leftPx: number } | null) => void;
}

/** Room for the labels, px: left of the plot, below it. */
const AXIS_LEFT = 48;
const AXIS_BELOW = 24;

/** Draws two lines over epochs. The caller sets data, sizes and destroys it. */
export function createLineChart(host: HTMLElement, data: LineData, options: LineChartOptions): uPlot {
  const { palette, plannedEpochs, border, range, steps, formatTick, syncKey, onHover } = options;
  const axis: uPlot.Axis = {
    stroke: palette.ink,
    font: palette.font,
    ticks: { show: false },
    gap: 6,
  };
  return new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: [0, Math.max(plannedEpochs, 1)] },
        y: { range: (chart) => range([...numbers(chart.data[1]), ...numbers(chart.data[2])]) },
      },
      axes: [
        {
          ...axis,
          size: AXIS_BELOW,
          grid: { show: false },
          border: { show: true, stroke: palette.axis, width: 1 },
          space: 48,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500],
        },
        {
          ...axis,
          size: AXIS_LEFT,
          grid: { stroke: palette.grid, width: 1 },
          space: Math.max(40, Math.floor((options.height - AXIS_BELOW) / 6)),
          incrs: [...steps],
          values: (_chart, splits, _axis, _space, step) => splits.map((value) => formatTick(value, step)),
        },
      ],
      series: [
        {},
        { stroke: palette.train, width: 1.5, dash: [4, 3], points: { show: false } },
        { stroke: palette.validation, width: 2, points: { show: false } },
      ],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        move: snap,
        sync: { key: syncKey, setSeries: false },
        points: { size: 7, width: 2, fill: palette.surface },
      },
      hooks: {
        drawAxes: border === null ? [] : [(chart) => drawBorder(chart, border, palette)],
        draw: [drawLast],
        setCursor: [
          (chart) => {
            const { idx, left } = chart.cursor;
            const isInside = typeof idx === 'number' && left !== undefined && left >= 0;
            const epoch = isInside ? chart.data[0][idx] : undefined;
            onHover(epoch === undefined ? null : { index: idx ?? 0, leftPx: AXIS_LEFT + chart.valToPos(epoch, 'x') });
          },
        ],
      },
    },
    aligned(data),
    host,
  );
}

export function setChartData(chart: uPlot, data: LineData): void {
  chart.setData(aligned(data));
}

function aligned({ epochs, training, validation }: LineData): uPlot.AlignedData {
  return [[...epochs], [...training], [...validation]];
}

function numbers(values: uPlot.AlignedData[number] | undefined): readonly number[] {
  return Array.from(values ?? []).filter((value) => typeof value === 'number');
}

/** The crosshair stands on epochs, never between two. */
function snap(chart: uPlot, left: number, top: number): [number, number] {
  const epoch = left < 0 ? undefined : chart.data[0][chart.posToIdx(left)];
  return [epoch === undefined ? left : chart.valToPos(epoch, 'x'), top];
}

/** Room between the line and its name, px. */
const BORDER_GAP = 6;

function drawBorder(chart: uPlot, { epoch, name }: NonNullable<LineChartOptions['border']>, palette: Palette): void {
  const { ctx, bbox } = chart;
  const x = Math.round(chart.valToPos(epoch, 'x', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = palette.axis;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = scaledFont(palette.font);
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left'; // the labels of the value axis leave it at the right
  const gap = BORDER_GAP * devicePixelRatio;
  const { width } = ctx.measureText(name);
  const left = x + gap + width < bbox.left + bbox.width ? x + gap : x - gap - width;
  ctx.fillStyle = palette.surface; // no line of the grid runs through the words
  ctx.fillRect(left - gap / 2, bbox.top, width + gap, 16 * devicePixelRatio);
  ctx.fillStyle = palette.ink;
  ctx.fillText(name, left, bbox.top + 2 * devicePixelRatio);
  ctx.restore();
}

/** A dot where the validation line has come to. */
function drawLast(chart: uPlot): void {
  const [epochs, , validation] = chart.data;
  const x = epochs.at(-1);
  const y = validation?.at(-1);
  if (x === undefined || typeof y !== 'number') return;
  const { ctx } = chart;
  const stroke = chart.series[2]?.stroke;
  ctx.save();
  ctx.fillStyle = typeof stroke === 'function' ? stroke(chart, 2) : (stroke ?? 'currentColor');
  ctx.beginPath();
  ctx.arc(chart.valToPos(x, 'x', true), chart.valToPos(y, 'y', true), 3 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.restore();
}
