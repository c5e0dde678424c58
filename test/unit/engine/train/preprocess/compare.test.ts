import { expect, test } from 'vitest';
import { preprocessingResult, PREPROCESSING_STAGES } from '../../../../../src-main/contract/lab/preprocessing.ts';
import { comparePreprocessing } from '../../../../../src-main/engine/train/preprocess/compare.ts';
import { createRandom } from '../../../../../src-main/engine/random.ts';
import { largestDifference } from '../../../../helpers/formula-pictures.ts';
import { covarianceOf } from '../../../../helpers/reference-preprocessing.ts';

const SIZE = 8;
const LENGTH = SIZE * SIZE * 3;

/** Pictures with light from one side: neighbouring pixels are alike. */
function pictures(count: number): Uint8Array {
  const random = createRandom(3);
  return Uint8Array.from(
    Array.from({ length: count }, () => {
      const [base, slope, tint] = [60 + 80 * random(), 12 * random(), 30 * random()];
      return Array.from({ length: LENGTH }, (_, at) => {
        const x = Math.floor(at / 3) % SIZE;
        return base + slope * x + tint * (at % 3) * 0.5 + 20 * random();
      });
    }).flat(),
  );
}

const pixels = pictures(40);
const valuesAt = (place: number) => Array.from({ length: 40 }, (_, row) => pixels[row * LENGTH + place]!);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const identity = (size: number) => Array.from({ length: size ** 2 }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));

test('the mean image and the channels are those of the pictures', async () => {
  const { imageCount, meanImage, channels } = await comparePreprocessing(pixels, { sizePx: SIZE });
  const red = [...pixels].filter((_, at) => at % 3 === 0);
  expect(imageCount).toBe(40);
  expect(meanImage).toEqual(Array.from({ length: LENGTH }, (_, place) => Math.round(mean(valuesAt(place)))));
  expect(channels[0]!.mean).toBeCloseTo(mean(red), 6);
  expect(channels[0]!.std).toBeCloseTo(Math.sqrt(mean(red.map((value) => (value - mean(red)) ** 2))), 6);
});

test('the axes hold all variance, and the first is shown as the light that it is', async () => {
  const { axes } = await comparePreprocessing(pixels, { sizePx: SIZE, components: 2 });
  const variances = covarianceOf(Float32Array.from(pixels), LENGTH).map((row, i) => row[i]!);
  const total = axes.variances.reduce((sum, variance) => sum + variance, 0);
  expect([axes.imageCount, axes.variances.length, axes.components.length]).toEqual([40, 39, 2]);
  expect(total / variances.reduce((sum, variance) => sum + variance, 0)).toBeCloseTo(1, 9);
  expect(axes.variances[0]! / total).toBeGreaterThan(0.5); // all pixels grow lighter together
  expect(Math.min(...axes.components[0]!)).toBeGreaterThan(128);
  expect(Math.max(...axes.components[0]!)).toBe(255);
});

test('the covariance goes from that of the pictures by its correlation and its diagonal to the identity', async () => {
  const { stages, dimensions } = await comparePreprocessing(pixels, { sizePx: SIZE });
  const places = dimensions.map(
    ({ y, channel }) => 3 * (y * SIZE + SIZE / 2) + ['red', 'green', 'blue'].indexOf(channel),
  );
  const chosen = Float32Array.from({ length: 40 * places.length }, (_, at) => {
    return pixels[Math.floor(at / places.length) * LENGTH + places[at % places.length]!]!;
  });
  const before = covarianceOf(chosen, places.length);
  const correlation = before.flatMap((row, i) =>
    row.map((value, j) => value / Math.sqrt(before[i]![i]! * before[j]![j]!)),
  );
  const [original, centred, standardised, decorrelated, whitened] = stages.map(({ covariance }) => covariance.flat());
  expect(stages.map(({ stage }) => stage)).toEqual([...PREPROCESSING_STAGES]);
  expect(new Set(places).size).toBe(24);
  expect(largestDifference(original!, before.flat())).toBeLessThan(1e-9);
  expect(largestDifference(centred!, before.flat())).toBeLessThan(1e-3);
  expect(largestDifference(standardised!, correlation)).toBeLessThan(1e-5);
  const onDiagonal = decorrelated!.filter((_, at) => at % 25 === 0);
  expect(
    largestDifference(
      decorrelated!,
      identity(24).map((one, at) => one * decorrelated![at]!),
    ),
  ).toBeLessThan(0.01);
  expect(onDiagonal).toEqual(onDiagonal.toSorted((a, b) => b - a));
  expect(largestDifference(whitened!, identity(24))).toBeLessThan(1e-4);
});

test('the cloud of the two dimensions that vary most is moved, scaled, turned and made round', async () => {
  const { stages, scattered, dimensions } = await comparePreprocessing(pixels, { sizePx: SIZE });
  const covarianceAt = (index: number) => covarianceOf(Float32Array.from(stages[index]!.points.flat()), 2).flat();
  const meanAt = (index: number) => [0, 1].map((axis) => mean(stages[index]!.points.map((point) => point[axis]!)));
  const diagonal = stages[0]!.covariance.map((row, i) => row[i]!);
  expect(scattered.map((place) => diagonal[place])).toEqual(diagonal.toSorted((a, b) => b - a).slice(0, 2));
  const { y, channel } = dimensions[scattered[0]]!;
  const place = 3 * (y * SIZE + SIZE / 2) + ['red', 'green', 'blue'].indexOf(channel);
  expect(stages[0]!.points.map(([x]) => x)).toEqual(valuesAt(place));
  expect(largestDifference(meanAt(1), [0, 0])).toBeLessThan(1e-4);
  expect(largestDifference([covarianceAt(2)[0]!, covarianceAt(2)[3]!], [1, 1])).toBeLessThan(1e-5);
  expect(Math.abs(covarianceAt(1)[1]!)).toBeGreaterThan(100);
  expect(Math.abs(covarianceAt(3)[1]!)).toBeLessThan(0.01);
  expect(largestDifference(covarianceAt(4), identity(2))).toBeLessThan(1e-5);
});

test('many pictures are bounded where they would take long, and the answer is what the contract says', async () => {
  const answer = await comparePreprocessing(pictures(600), { sizePx: SIZE });
  expect(preprocessingResult.parse(answer)).toEqual(answer);
  expect([answer.imageCount, answer.axes.imageCount, answer.axes.components.length]).toEqual([600, 500, 16]);
  expect(answer.stages.map(({ points }) => points.length)).toEqual([500, 500, 500, 500, 500]);
});

test('pictures that are all alike have no axes and stay finite', async () => {
  const answer = await comparePreprocessing(new Uint8Array(3 * LENGTH).fill(77), { sizePx: SIZE });
  expect(preprocessingResult.parse(answer)).toEqual(answer);
  const { covariance, points } = answer.stages[4]!;
  expect([answer.axes.variances, answer.axes.components, covariance, points]).toEqual([[], [], [], []]);
});

test('more components than the pictures have are refused with what is allowed', async () => {
  await expect(comparePreprocessing(pictures(5), { sizePx: SIZE, components: 5 })).rejects.toMatchObject({
    code: 'setting/out-of-range',
    details: { setting: 'components', value: 5, allowed: 'at most 4' },
  });
});
