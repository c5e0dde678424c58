/** Curves of several runs in one plot, as uPlot draws them. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Palette } from './palette.ts';

export interface RunCurve {
  readonly id: string;
  readonly name: string;
  readonly epochs: readonly number[];
  readonly values: readonly number[];
  /** Null while there is none. */
  readonly bestEpoch: number | null;
}

export interface CompareChartOptions {
  readonly palette: Palette;
  /** Stroke of each curve. */
  readonly colours: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly range: (values: readonly number[]) => [number, number];
  readonly steps: readonly number[];
  readonly formatTick: (value: number, step: number) => string;
  readonly syncKey: string;
  /** Index of the epoch under the crosshair among all epochs and its place in the chart, or null. */
  readonly onHover: (hover: { readonly epoch: number; readonly leftPx: number } | null) => void;
}

const AXIS_LEFT = 48;
const AXIS_BELOW = 24;

/** Draws a line for each run; the epoch that was kept is a dot. The caller destroys it. */
export function createCompareChart(
  host: HTMLElement,
  curves: readonly RunCurve[],
  { palette, colours, width, height, range, steps, formatTick, syncKey, onHover }: CompareChartOptions,
): uPlot {
  const axis: uPlot.Axis = { stroke: palette.ink, font: palette.font, ticks: { show: false }, gap: 6 };
  const last = Math.max(1, ...curves.map(({ epochs }) => epochs.at(-1) ?? 0));
  const [low, high] = range(curves.flatMap(({ values }) => values));
  return new uPlot(
    {
      width,
      height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      scales: { x: { time: false, range: [0, last] }, y: { range: [low, high] } },
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
          space: Math.max(40, Math.floor((height - AXIS_BELOW) / 6)),
          incrs: [...steps],
          values: (_chart, splits, _axis, _space, step) => splits.map((value) => formatTick(value, step)),
        },
      ],
      series: [
        {},
        ...colours.map((stroke): uPlot.Series => ({ stroke, width: 2, spanGaps: true, points: { show: false } })),
      ],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: syncKey, setSeries: false },
        points: { size: 7, width: 2, fill: palette.surface },
      },
      hooks: {
        draw: [(chart) => curves.forEach((curve, index) => drawBest(chart, curve, colours[index] ?? palette.ink))],
        setCursor: [
          (chart) => {
            const { idx, left } = chart.cursor;
            const isInside = typeof idx === 'number' && left !== undefined && left >= 0;
            const epoch = isInside ? chart.data[0][idx] : undefined;
            onHover(epoch === undefined ? null : { epoch, leftPx: AXIS_LEFT + chart.valToPos(epoch, 'x') });
          },
        ],
      },
    },
    uPlot.join(curves.map(({ epochs, values }): uPlot.AlignedData => [[...epochs], [...values]])),
    host,
  );
}

function drawBest(chart: uPlot, { epochs, values, bestEpoch }: RunCurve, colour: string): void {
  const value = bestEpoch === null ? undefined : values[epochs.indexOf(bestEpoch)];
  if (bestEpoch === null || value === undefined) return;
  const { ctx } = chart;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(chart.valToPos(bestEpoch, 'x', true), chart.valToPos(value, 'y', true), 4 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.restore();
}
