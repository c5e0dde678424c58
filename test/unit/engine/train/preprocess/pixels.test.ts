import { expect, test } from 'vitest';
import { PIXEL_PREPROCESSINGS, type PixelPreprocessing } from '../../../../../src-main/contract/training.ts';
import { inMemory } from '../../../../../src-main/engine/features/example-source.ts';
import { fitPixels, measurePixels, type PixelMap } from '../../../../../src-main/engine/train/preprocess/pixels.ts';
import { largestDifference } from '../../../../helpers/formula-pictures.ts';
import {
  countTo,
  covarianceOf,
  pictures,
  referencePreprocessing,
} from '../../../../helpers/reference-preprocessing.ts';

const { colours } = referencePreprocessing();
const { values, source } = pictures(colours);
const rows = countTo(colours.count);

const fit = (kind: PixelPreprocessing) => fitPixels(source, rows, kind);

/** `(pixel − mean) · matrix`, by hand. */
function apply({ mean, matrix }: PixelMap, pixels: Float32Array): number[] {
  const centred = pixels.map((value, at) => value - mean.values[at % mean.values.length]!);
  if (matrix.shape.length === 1) return [...centred].map((value, at) => value * matrix.values[at % 3]!);
  return [...centred].map((_, at) => {
    const [first, out] = [at - (at % 3), at % 3];
    return [0, 1, 2].reduce((sum, channel) => sum + centred[first + channel]! * matrix.values[channel * 3 + out]!, 0);
  });
}

test('the mean image, the channels and their covariance are those of NumPy', async () => {
  const { meanImage, channelMeans, covariance, imageCount } = await measurePixels(source, rows);
  expect(imageCount).toBe(colours.count);
  expect(largestDifference(meanImage, colours.meanImage)).toBeLessThan(1e-6);
  expect(largestDifference(channelMeans, colours.mean)).toBeLessThan(1e-6);
  expect(
    largestDifference(
      covariance.flatMap((row) => [...row]),
      colours.covariance,
    ),
  ).toBeLessThan(1e-4);
});

test('statistics come from the rows that are given alone', async () => {
  const { meanImage } = await measurePixels(source, Uint32Array.of(3));
  const length = meanImage.length;
  expect([...meanImage]).toEqual([...values.subarray(3 * length, 4 * length)]);
});

test('each kind gives what NumPy and scikit-learn give', async () => {
  const first = values.slice(0, 36);
  const meanOf = (at: number) => colours.mean[at % 3]!;
  const wanted: Record<PixelPreprocessing, number[]> = {
    none: [...first].map((value) => value / 255),
    centre: [...first].map((value, at) => (value - meanOf(at)) / 255),
    'mean-image': [...first].map((value, at) => (value - colours.meanImage[at]!) / 255),
    standardise: [...first].map((value, at) => (value - meanOf(at)) / colours.std[at % 3]!),
    pca: [...colours.turned],
    whiten: [...colours.whitened],
  };
  for (const kind of PIXEL_PREPROCESSINGS) {
    const got = apply(await fit(kind), first);
    expect([kind, largestDifference(got, wanted[kind]) < 1e-5]).toEqual([kind, true]);
  }
});

test('shapes are those that a node of the network holds', async () => {
  const shapes = await Promise.all(
    PIXEL_PREPROCESSINGS.map(async (kind) => {
      const { mean, matrix } = await fit(kind);
      return [kind, mean.shape, matrix.shape];
    }),
  );
  expect(shapes).toEqual([
    ['none', [3], [3]],
    ['centre', [3], [3]],
    ['mean-image', [colours.height, colours.width, 3], [3]],
    ['standardise', [3], [3]],
    ['pca', [3], [3, 3]],
    ['whiten', [3], [3, 3]],
  ]);
});

test('whitened pixels have the identity as covariance over all training pictures', async () => {
  const whitened = Float32Array.from(apply(await fit('whiten'), values));
  expect(largestDifference(covarianceOf(whitened, 3).flat(), [1, 0, 0, 0, 1, 0, 0, 0, 1])).toBeLessThan(1e-5);
});

test('grey pictures are turned, and are not whitened', async () => {
  const grey = inMemory(
    values.map((_, at) => values[at - (at % 3)]!),
    source.shape,
  );
  const { matrix } = await fitPixels(grey, rows, 'pca');
  const squares = [0, 1, 2].map((k) =>
    [0, 1, 2].reduce((sum, channel) => sum + matrix.values[channel * 3 + k]! ** 2, 0),
  );
  expect(largestDifference(squares, [255 ** -2, 255 ** -2, 255 ** -2])).toBeLessThan(1e-9);
  await expect(fitPixels(grey, rows, 'whiten')).rejects.toMatchObject({
    code: 'setting/out-of-range',
    message: expect.stringContaining('1 of 3 directions, ') as string,
    details: { setting: 'pixelPreprocessing', value: 'whiten', allowed: 'none, centre, mean-image, standardise, pca' },
  });
});

test('a channel that never changes stays finite, and is named where it is to be whitened', async () => {
  const noBlue = inMemory(
    values.map((value, at) => (at % 3 === 2 ? 9 : value)),
    source.shape,
  );
  const { matrix } = await fitPixels(noBlue, rows, 'standardise');
  expect(matrix.values[2]).toBeCloseTo(1 / 255, 9);
  await expect(fitPixels(noBlue, rows, 'whiten')).rejects.toThrow(/2 of 3 directions \(channel blue never changes\)/);
});
