// @ts-check
/** Time → validation accuracy on one pair of axes, as an SVG that reads on light and on dark. */

/** @typedef {{ readonly seconds: number, readonly accuracy: number }} Point */
/** @typedef {{ readonly label: string, readonly tone: 'keras' | 'pytorch', readonly points: readonly Point[] }} Curve */
/** @typedef {readonly [x: number, y: number]} Place  user units of the picture */

const SIZE = { width: 760, height: 390 };
const PLOT = { left: 60, right: 650, top: 46, bottom: 326 };
const LINE_HEIGHT = 16;
const SECOND_TICKS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];
const ACCURACY_STEP = 0.1;

/** Mid-tones stand out from white and from black; what is grey follows the reader's scheme. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #6e7781 }
line { stroke: #6e7781 } line.grid { stroke-opacity: .2 }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
.ours { fill: #1a7fd4 } .keras { fill: #d9622b } .pytorch { fill: #9a63d8 }
polyline.keras { fill: none; stroke: #d9622b } polyline.pytorch { fill: none; stroke: #9a63d8 }
text.ours, text.keras, text.pytorch { font-weight: 600 }
@media (prefers-color-scheme: dark) { text { fill: #a8b1bb } line { stroke: #a8b1bb } }
@media (prefers-color-scheme: dark) { .ours { fill: #4aa3f0 } .keras { fill: #f08050 } .pytorch { fill: #b98aec } }
`;

/**
 * @param {readonly (Point & { readonly label: string })[]} ours  runs, each where it ends
 * @param {readonly Curve[]} curves                               the peers', a point an epoch
 * @returns {string} SVG source
 */
export function drawCurves(ours, curves) {
  const scale = createScale([...ours, ...curves.flatMap(({ points }) => points)]);
  const elements = [
    ...axes(scale),
    ...curves.flatMap((curve) => drawCurve(curve, scale)),
    ...curveLabels(curves, scale),
    ...ours.flatMap((point, index) => drawRun(point, scale.place(point), index)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img">
<title>Validation accuracy over time: Fovea beside the recipes of Keras and PyTorch</title>
<style>${STYLE}</style>
${elements.join('\n')}
</svg>
`;
}

/** @typedef {ReturnType<typeof createScale>} Scale */

/** Logarithmic to the right: a linear axis would press all of ours into its first tenth. @param {readonly Point[]} points */
function createScale(points) {
  const seconds = points.map((point) => point.seconds);
  const [shortest, longest] = [Math.min(...seconds), Math.max(...seconds)];
  const start = SECOND_TICKS.findLast((tick) => tick <= shortest) ?? shortest;
  const steps = Math.floor(Math.min(...points.map(({ accuracy }) => accuracy)) / ACCURACY_STEP);
  const lowest = steps * ACCURACY_STEP;
  const x = (/** @type {number} */ at) =>
    PLOT.left + (Math.log(at / start) / Math.log(longest / start)) * (PLOT.right - PLOT.left);
  const y = (/** @type {number} */ accuracy) =>
    PLOT.bottom - ((accuracy - lowest) / (1 - lowest)) * (PLOT.bottom - PLOT.top);
  return {
    x,
    y,
    /** @param {Point} point @returns {Place} */
    place: (point) => [x(point.seconds), y(point.accuracy)],
    secondTicks: SECOND_TICKS.filter((tick) => tick >= start && tick <= longest),
    accuracyTicks: Array.from(
      { length: Math.round(1 / ACCURACY_STEP) - steps + 1 },
      (_, i) => (steps + i) * ACCURACY_STEP,
    ),
  };
}

/** @param {Scale} scale */
function axes({ x, y, secondTicks, accuracyTicks }) {
  const { left, right, top, bottom } = PLOT;
  return [
    ...accuracyTicks.flatMap((tick) => [
      line([left, y(tick)], [right, y(tick)], tick === accuracyTicks[0] ? '' : 'grid'),
      text([left - 8, y(tick) + 4], `${Math.round(tick * 100)} %`, { anchor: 'end' }),
    ]),
    ...secondTicks.flatMap((tick) => [
      line([x(tick), bottom], [x(tick), bottom + 5], ''),
      text([x(tick), bottom + 21], `${tick} s`, { anchor: 'middle' }),
    ]),
    text([left - 44, top - 24], 'validation accuracy'),
    text([(left + right) / 2, bottom + 48], 'time since the process started (logarithmic)', { anchor: 'middle' }),
  ];
}

/** @param {Curve} curve @param {Scale} scale */
function drawCurve({ tone, points }, { place }) {
  const places = points.map(place);
  return [
    `<polyline class="${tone}" points="${places.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')}"/>`,
    ...places.map((at) => dot(at, 2.5, tone)),
  ];
}

/** Names at the curves' ends, moved apart where they would overlap. @param {readonly Curve[]} curves @param {Scale} scale */
function curveLabels(curves, { place }) {
  const ends = curves.flatMap(({ points, ...curve }) => {
    const end = points.at(-1);
    return end ? [{ ...curve, seconds: end.seconds, at: place(end) }] : [];
  });
  let free = -Infinity;
  return ends
    .toSorted((a, b) => a.at[1] - b.at[1])
    .flatMap(({ label, tone, seconds, at }) => {
      const y = Math.max(at[1] + 4, free);
      free = y + 2.5 * LINE_HEIGHT;
      return [
        text([PLOT.right + 12, y], label, { tone }),
        text([PLOT.right + 12, y + LINE_HEIGHT], `${Math.round(seconds)} s`),
      ];
    });
}

/** A run of ours, its name above or below by turns. @param {Point & { label: string }} run @param {Place} at @param {number} index */
function drawRun({ label, seconds }, at, index) {
  const [x, y] = at;
  const first = index % 2 === 0 ? y + 22 : y - 12 - LINE_HEIGHT;
  const options = { anchor: index === 0 ? 'start' : 'middle' };
  const left = index === 0 ? x - 6 : x;
  return [
    dot(at, 5, 'ours'),
    text([left, first], `Fovea, ${label}`, { ...options, tone: 'ours' }),
    text([left, first + LINE_HEIGHT], `${seconds.toFixed(1)} s`, options),
  ];
}

/** @param {Place} from @param {Place} to @param {string} style */
function line([x1, y1], [x2, y2], style) {
  return `<line class="${style}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

/** @param {Place} at @param {number} radius @param {string} tone */
function dot([x, y], radius, tone) {
  return `<circle class="${tone}" cx="${round(x)}" cy="${round(y)}" r="${radius}"/>`;
}

/** @param {Place} at @param {string} content @param {{ anchor?: string, tone?: string }} [options] */
function text([x, y], content, { anchor = 'start', tone = '' } = {}) {
  return `<text class="${tone}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

/** @param {number} coordinate */
function round(coordinate) {
  return Math.round(coordinate * 10) / 10;
}
