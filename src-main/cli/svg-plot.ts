/** The coach's plots as inline SVG, coloured by the page's own variables, so that they follow its light or dark look. */
import type { CoachPlot } from '../contract/coach.ts';

type Lines = Extract<CoachPlot, { kind: 'lines' }>;
type Heat = Extract<CoachPlot, { kind: 'heat' }>;
type Points = Extract<CoachPlot, { kind: 'points' }>;

const SIZE = { width: 460, height: 240 };
const BOX = { left: 68, right: 12, top: 12, bottom: 40 };
const INNER = { width: SIZE.width - BOX.left - BOX.right, height: SIZE.height - BOX.top - BOX.bottom };

/** For text between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** @returns a figure with its title. */
export function svgPlot(plot: CoachPlot): string {
  const drawn = { lines: drawLines, heat: drawHeat, points: drawPoints };
  const inside =
    plot.kind === 'lines' ? drawn.lines(plot) : plot.kind === 'heat' ? drawn.heat(plot) : drawn.points(plot);
  const title = escapeHtml(plot.title);
  const labels =
    text(BOX.left + INNER.width / 2, SIZE.height - 6, plot.xLabel, 'middle') +
    `<text class="label" text-anchor="middle" transform="translate(12 ${BOX.top + INNER.height / 2}) rotate(-90)">${escapeHtml(plot.yLabel)}</text>`;
  return `<figure><figcaption>${title}</figcaption><svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${title}">${inside}${labels}</svg>${legend(plot)}</figure>`;
}

function drawLines({ series, marks, isLogX }: Lines): string {
  const xs = [...series.flatMap(({ x }) => x), ...marks.filter(({ axis }) => axis === 'x').map(({ value }) => value)];
  const ys = [
    ...series.flatMap(({ y }) => y.flatMap((value) => (value === null ? [] : [value]))),
    ...marks.filter(({ axis }) => axis === 'y').map(({ value }) => value),
  ];
  if (xs.length === 0 || ys.length === 0) return '';
  const [x, y] = [scaleOf(xs, INNER.width, isLogX), scaleOf(ys, INNER.height, false)];
  const across = (value: number) => round(BOX.left + x.place(value));
  const up = (value: number) => round(BOX.top + INNER.height - y.place(value));
  const drawnMarks = marks.map(({ axis, value }) =>
    axis === 'y'
      ? line(BOX.left, up(value), BOX.left + INNER.width, up(value), 'mark')
      : line(across(value), BOX.top, across(value), BOX.top + INNER.height, 'mark'),
  );
  const curves = series.map(({ x: places, y: levels }, index) => {
    const points = places.flatMap((place, at) => {
      const level = levels[at];
      return typeof level === 'number' ? [`${across(place)},${up(level)}`] : [];
    });
    const dots = points.length > 30 ? '' : points.map((point) => dot(point, index)).join('');
    return `<polyline class="series s${index % 6}" points="${points.join(' ')}"/>${dots}`;
  });
  return axes(x, y, across, up) + drawnMarks.join('') + curves.join('');
}

function dot(point: string, index: number): string {
  const [cx = '', cy = ''] = point.split(',');
  return `<circle class="dot s${index % 6}" cx="${cx}" cy="${cy}" r="2.5"/>`;
}

function drawHeat({ x, y, values, best }: Heat): string {
  const [width, height] = [INNER.width / x.length, INNER.height / y.length];
  const known = values.flat().flatMap((value) => (value === null ? [] : [value]));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const cells = y.flatMap((level, row) =>
    x.map((place, column) => {
      const value = values[row]?.[column] ?? null;
      const strength = value === null || high === low ? 0 : (value - low) / (high - low);
      const [left, top] = [round(BOX.left + column * width), round(BOX.top + (y.length - 1 - row) * height)];
      const isBest = place === best.x && level === best.y;
      return (
        `<rect class="cell${isBest ? ' best' : ''}" x="${left}" y="${top}" width="${round(width - 1)}" height="${round(height - 1)}" fill-opacity="${value === null ? 0 : round(0.1 + 0.4 * strength)}"/>` +
        text(left + width / 2, top + height / 2 + 4, value === null ? '–' : (100 * value).toFixed(1), 'middle')
      );
    }),
  );
  const ticks = [
    ...x.map((value, column) => text(BOX.left + (column + 0.5) * width, SIZE.height - 22, short(value), 'middle')),
    ...y.map((value, row) => text(BOX.left - 4, BOX.top + (y.length - 0.5 - row) * height + 4, short(value), 'end')),
  ];
  return cells.join('') + ticks.join('');
}

function drawPoints({ points, best, isLogX, isLogY }: Points): string {
  const x = scaleOf(points.map((point) => point.x), INNER.width, isLogX); // prettier-ignore
  const y = scaleOf(points.map((point) => point.y), INNER.height, isLogY); // prettier-ignore
  const across = (value: number) => round(BOX.left + x.place(value));
  const up = (value: number) => round(BOX.top + INNER.height - y.place(value));
  const circles = points.map((point) => {
    const isBest = point.x === best.x && point.y === best.y;
    const label = point.value === null ? '–' : (100 * point.value).toFixed(1);
    return `<circle class="dot s${isBest ? 1 : 0}" cx="${across(point.x)}" cy="${up(point.y)}" r="4">${point.note === undefined ? '' : `<title>${escapeHtml(point.note)}</title>`}</circle>${text(across(point.x), up(point.y) - 7, label, 'middle')}`;
  });
  return axes(x, y, across, up) + circles.join('');
}

function legend(plot: CoachPlot): string {
  if (plot.kind !== 'lines') return '';
  const items = [
    ...plot.series.map(({ name }, index) => `<span class="key s${index % 6}">${escapeHtml(name)}</span>`),
    ...plot.marks.map(({ name, value }) => `<span class="key dashed">${escapeHtml(name)} ${short(value)}</span>`),
  ];
  return `<p class="legend">${items.join(' ')}</p>`;
}

interface Scale {
  /** Pixels from the start of the axis. */
  place(value: number): number;
  readonly ticks: readonly number[];
}

function scaleOf(values: readonly number[], length: number, isLog: boolean): Scale {
  const positive = isLog ? values.filter((value) => value > 0) : values;
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const turn = (value: number) => (isLog ? Math.log10(Math.max(value, low)) : value);
  const [from, to] = low === high ? [turn(low) - 0.5, turn(high) + 0.5] : [turn(low), turn(high)];
  const ticks = Array.from({ length: 5 }, (_, index) => from + ((to - from) * index) / 4);
  return {
    place: (value) => ((turn(value) - from) / (to - from)) * length,
    ticks: ticks.map((tick) => (isLog ? 10 ** tick : tick)),
  };
}

function axes(x: Scale, y: Scale, across: (value: number) => number, up: (value: number) => number): string {
  const bottom = BOX.top + INNER.height;
  const horizontal = y.ticks.map(
    (tick) =>
      line(BOX.left, up(tick), BOX.left + INNER.width, up(tick), 'grid') +
      text(BOX.left - 4, up(tick) + 4, short(tick), 'end'),
  );
  const vertical = x.ticks.map((tick) => text(across(tick), bottom + 16, short(tick), 'middle'));
  return horizontal.join('') + vertical.join('') + line(BOX.left, bottom, BOX.left + INNER.width, bottom, 'axis');
}

function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return `<line class="${name}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function text(x: number, y: number, content: string, anchor: 'middle' | 'end'): string {
  return `<text class="label" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escapeHtml(content)}</text>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const short = (value: number): string => String(Number(value.toPrecision(2)));
