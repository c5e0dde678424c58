/** The Lab's data on preprocessing: what each kind does to the user's own pictures, small enough to be drawn. */
import { EngineError } from '../../../contract/errors.ts';
import { PREPROCESSING_STAGES, type PreprocessingResult } from '../../../contract/lab/preprocessing.ts';
import { inMemory } from '../../features/example-source.ts';
import { mapRows, type FeatureMap } from './feature-map.ts';
import { at } from './moments.ts';
import { measurePixels } from './pixels.ts';
import { measurePrincipalAxes, type PrincipalAxes } from './principal-axes.ts';

/**
 * Pictures that give the axes. Their products are taken apart, which grows with the cube of their number: 500 take 2 s,
 * 2,000 would take a minute.
 */
const MOST_FOR_AXES = 500;
const MOST_POINTS = 500;
/** Pixels of the middle column, three dimensions each. */
const MOST_PIXELS = 8;
/** Components that are shown where nobody says how many. */
const COMPONENTS = 16;

const COLOURS = ['red', 'green', 'blue'] as const;

interface CompareOptions {
  readonly sizePx: number;
  /** Absent: 16, or as many as there are. */
  readonly components?: number | undefined;
}

/**
 * Measures pictures and says what centring, standardising, decorrelating and whitening do to them. 2,000 pictures of
 * 32 × 32 take 4 s and 80 MB, of 64 × 64 7 s and 230 MB.
 *
 * @param pixels  uint8 [pictures, sizePx, sizePx, 3], at least one. Borrowed.
 * @throws EngineError `setting/out-of-range` where more components are asked for than the pictures have.
 */
export async function comparePreprocessing(
  pixels: Uint8Array,
  { sizePx, components }: CompareOptions,
): Promise<PreprocessingResult> {
  const length = sizePx * sizePx * 3;
  const imageCount = pixels.length / length;
  const source = inMemory(Float32Array.from(pixels), [sizePx, sizePx, 3]);
  const { meanImage, channelMeans, covariance } = await measurePixels(source, evenly(imageCount, imageCount));
  const chosen = evenly(imageCount, MOST_FOR_AXES);
  const { variances, axes } = await measurePrincipalAxes(source, chosen);
  if (components !== undefined && components > axes.length) throw tooMany(components, axes.length, chosen.length);

  const places = columnOf(sizePx);
  const column = pick(pixels, length, evenly(imageCount, imageCount), places);
  const columnCovariance = covarianceOf(column, places.length);
  const scattered = twoLargest(columnCovariance.map((row, i) => row[i] ?? 0));
  const pair = pick(
    pixels,
    length,
    evenly(imageCount, MOST_POINTS),
    scattered.map((place) => places[place] ?? 0),
  );
  const [ofColumn, ofPair] = [await stagesOf(column, places.length), await stagesOf(pair, 2)];
  return {
    imageCount,
    sizePx,
    meanImage: Array.from(meanImage, Math.round),
    channels: channelMeans.map((mean, c) => ({ mean, std: Math.sqrt(Math.max(0, covariance[c]?.[c] ?? 0)) })),
    axes: {
      imageCount: chosen.length,
      variances: [...variances],
      components: axes.slice(0, components ?? COMPONENTS).map(asPicture),
    },
    dimensions: places.map((place) => ({
      y: Math.floor(place / (3 * sizePx)),
      channel: COLOURS[place % 3] ?? 'red',
    })),
    stages: PREPROCESSING_STAGES.map((stage, index) => ({
      stage,
      covariance: covarianceOf(...(ofColumn[index] ?? EMPTY)),
      points: pointsOf(...(ofPair[index] ?? EMPTY)),
    })),
    scattered,
  };
}

function tooMany(value: number, most: number, imageCount: number): EngineError {
  return new EngineError(
    'setting/out-of-range',
    `${value} components cannot be shown: ${imageCount} training pictures vary in ${most} directions. Ask for ${most} at most, or add pictures.`,
    { setting: 'components', value, allowed: `at most ${most}` },
  );
}

type Table = readonly [values: Float32Array, featureCount: number];

const EMPTY: Table = [new Float32Array(), 0];

/** The rows after each of the stages, in their order. */
async function stagesOf(values: Float32Array, featureCount: number): Promise<readonly Table[]> {
  const rows = evenly(values.length / featureCount, Infinity);
  const axes = await measurePrincipalAxes(inMemory(values, [featureCount]), rows);
  const deviations = covarianceOf(values, featureCount).map((row, f) => Math.sqrt(row[f] ?? 0));
  const mean = Float32Array.from(axes.mean);
  const scaled = (scale: Float32Array): FeatureMap => ({ mean, scale });
  const rank = axes.variances.length;
  return [
    [values, featureCount],
    [mapRows(values, scaled(new Float32Array(featureCount).fill(1))), featureCount],
    [mapRows(values, scaled(Float32Array.from(deviations, (deviation) => 1 / (deviation || 1)))), featureCount],
    [
      mapRows(
        values,
        turn(axes, () => 1),
      ),
      rank,
    ],
    [
      mapRows(
        values,
        turn(axes, (variance) => 1 / Math.sqrt(variance)),
      ),
      rank,
    ],
  ];
}

/** Onto all axes, each scaled by what its variance asks for. Without the floor of training: nothing new comes that could be blown up. */
function turn({ mean, axes, variances }: PrincipalAxes, scaleOf: (variance: number) => number): FeatureMap {
  const values = new Float32Array(mean.length * axes.length);
  for (const [k, axis] of axes.entries()) {
    const scale = scaleOf(at(variances, k));
    axis.forEach((share, f) => (values[f * axes.length + k] = share * scale));
  }
  return { mean: Float32Array.from(mean), matrix: { shape: [mean.length, axes.length], values } };
}

/** At most `most` of the numbers below `count`, evenly spread: of files in their order, some of every class. */
function evenly(count: number, most: number): Uint32Array {
  const chosen = Math.min(count, most);
  return Uint32Array.from({ length: chosen }, (_, index) => Math.floor((index * count) / chosen));
}

/** Places within a picture of the channels of pixels on its middle column. */
function columnOf(sizePx: number): number[] {
  const count = Math.min(MOST_PIXELS, sizePx);
  return Array.from({ length: count }, (_, index) => {
    const y = Math.floor(((index + 0.5) * sizePx) / count);
    const first = 3 * (y * sizePx + Math.floor(sizePx / 2));
    return [first, first + 1, first + 2];
  }).flat();
}

/** float32 [rows, places]: some values of some pictures. */
function pick(pixels: Uint8Array, length: number, rows: Uint32Array, places: readonly number[]): Float32Array {
  const values = new Float32Array(rows.length * places.length);
  rows.forEach((row, index) =>
    places.forEach((place, f) => (values[index * places.length + f] = at(pixels, row * length + place))),
  );
  return values;
}

/** [features][features], over the number of rows. */
function covarianceOf(...[values, featureCount]: Table): number[][] {
  const rowCount = values.length / featureCount;
  const columns = Array.from({ length: featureCount }, (_, f) => {
    const column = Float64Array.from({ length: rowCount }, (__, row) => at(values, row * featureCount + f));
    const mean = column.reduce((sum, value) => sum + value, 0) / rowCount;
    return column.map((value) => value - mean);
  });
  return columns.map((a) => columns.map((b) => a.reduce((sum, value, row) => sum + value * at(b, row), 0) / rowCount));
}

function twoLargest(values: readonly number[]): [number, number] {
  const [first = 0, second = 0] = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  return [first, second];
}

/** The first two features of each row; 0 for the second where pictures vary in one direction, none where in no direction. */
function pointsOf(...[values, featureCount]: Table): [number, number][] {
  const rowCount = featureCount === 0 ? 0 : values.length / featureCount;
  return Array.from({ length: rowCount }, (_, row) => {
    const first = row * featureCount;
    return [at(values, first), featureCount > 1 ? at(values, first + 1) : 0];
  });
}

/** 128 for 0, the largest magnitude at 1 or 255. */
function asPicture(axis: Float64Array): number[] {
  const most = axis.reduce((largest, share) => Math.max(largest, Math.abs(share)), 0);
  return Array.from(axis, (share) => Math.round(128 + (127 * share) / most));
}
