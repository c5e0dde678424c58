/** Small plots of plain Unicode characters, without colour: they read the same in a pipe. */
import type { CoachPlot } from '../contract/coach.ts';

type Lines = Extract<CoachPlot, { kind: 'lines' }>;
type Heat = Extract<CoachPlot, { kind: 'heat' }>;
type Points = Extract<CoachPlot, { kind: 'points' }>;

/** @param width  columns that it may take. */
export function terminalPlot(plot: CoachPlot, width: number): string {
  switch (plot.kind) {
    case 'lines':
      return plotLines(plot, width);
    case 'heat':
      return plotHeat(plot);
    case 'points':
      return plotPoints(plot);
  }
}

const HEIGHT = 8;
/** What a series is drawn with, in turn. */
const PENS = ['●', '○', '▲', '△', '■', '□'];
const GUTTER = 9;

function plotLines({ title, xLabel, isLogX, series, marks }: Lines, width: number): string {
  const places = series.flatMap(({ x }) => x);
  const levels = [
    ...series.flatMap(({ y }) => y.flatMap((value) => (value === null ? [] : [value]))),
    ...marks.filter(({ axis }) => axis === 'y').map(({ value }) => value),
  ];
  if (new Set(places).size < 2 || levels.length === 0) return barLines({ title, series });
  const scale = (value: number) => (isLogX ? Math.log10(value) : value);
  const columns = Math.max(10, Math.min(60, width - GUTTER - 1));
  const [left, right] = [Math.min(...places), Math.max(...places)];
  const [low, high] = spread(levels);
  const columnOf = (x: number) => Math.round(((scale(x) - scale(left)) / (scale(right) - scale(left))) * (columns - 1));
  const rowOf = (y: number) => Math.round(((high - y) / (high - low)) * (HEIGHT - 1));
  const cells = Array.from({ length: HEIGHT }, () => new Array<string>(columns).fill(' '));
  const put = (column: number, row: number, what: string) => {
    const line = cells[row];
    if (line !== undefined && column >= 0 && column < columns) line[column] = what;
  };
  for (const { axis, value } of marks) {
    if (axis === 'y') for (let column = 0; column < columns; column++) put(column, rowOf(value), '┈');
    else for (let row = 0; row < HEIGHT; row++) put(columnOf(value), row, '┊');
  }
  series.forEach(({ x, y }, index) =>
    x.forEach((place, at) => {
      const level = y[at];
      if (typeof level === 'number') put(columnOf(place), rowOf(level), penOf(index));
    }),
  );
  const label = (row: number) => (row === 0 ? short(high) : row === HEIGHT - 1 ? short(low) : '');
  const rows = cells.map((line, row) => `${label(row).padStart(GUTTER - 1)} ┤${line.join('')}`);
  const axis = `${' '.repeat(GUTTER)}└${'─'.repeat(columns)}`;
  const ends = `${short(left)}${`${xLabel} `.padStart(Math.max(1, columns - short(left).length - short(right).length))}${short(right)}`;
  const legend = [
    ...series.map(({ name }, index) => `${penOf(index)} ${name}`),
    ...marks.map(({ name, axis, value }) => `${axis === 'y' ? '┈' : '┊'} ${name} ${short(value)}`),
  ];
  return [
    title,
    ...rows,
    axis,
    `${' '.repeat(GUTTER + 1)}${ends}`,
    `${' '.repeat(GUTTER + 1)}${legend.join('  ')}`,
  ].join('\n');
}

/** Too few places for a curve: one line a value. */
function barLines({ title, series }: Pick<Lines, 'title' | 'series'>): string {
  const values = series.flatMap(({ name, x, y }) => x.map((_, at) => ({ name, value: y[at] ?? null })));
  return [title, ...values.map(({ name, value }) => `${name}  ${value === null ? 'none' : short(value)}`)].join('\n');
}

/** A table of percents; the chosen cell in brackets. */
function plotHeat({ title, xLabel, yLabel, x, y, values, best }: Heat): string {
  const width = 9;
  const gutter = Math.max(yLabel.length, ...y.map((value) => short(value).length)) + 1;
  const header = `${yLabel.padEnd(gutter)}${x.map((value) => short(value).padStart(width)).join('')}  ${xLabel}`;
  const rows = y.map((level, row) => {
    const cells = x.map((place, column) => {
      const value = values[row]?.[column] ?? null;
      const text = value === null ? '·' : (100 * value).toFixed(1);
      return (place === best.x && level === best.y ? `[${text}]` : `${text} `).padStart(width);
    });
    return `${short(level).padEnd(gutter)}${cells.join('')}`;
  });
  return [`${title}, %`, header, ...rows].join('\n');
}

function plotPoints({ title, xLabel, yLabel, points, best }: Points): string {
  const sorted = [...points].sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
  const rows = sorted.map(({ x, y, value, note }) => {
    const text = value === null ? '·' : (100 * value).toFixed(1);
    const mark = x === best.x && y === best.y ? '→' : ' ';
    return `${mark} ${text.padStart(5)}  ${xLabel} ${short(x)}, ${yLabel} ${short(y)}${note === undefined ? '' : `, ${note}`}`;
  });
  return [`${title}, %`, ...rows].join('\n');
}

/** From the least to the most; of equal values, a little around them. */
function spread(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

const penOf = (index: number): string => PENS[index % PENS.length] ?? '●';

/** Three digits, at most eight characters. */
function short(value: number): string {
  if (value === 0) return '0';
  const text = String(Number(value.toPrecision(3)));
  return text.length <= 8 ? text : value.toExponential(1);
}
