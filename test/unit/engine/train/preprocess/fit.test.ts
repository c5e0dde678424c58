import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMBEDDING_PREPROCESSINGS } from '../../../../../src-main/contract/training.ts';
import { inMemory } from '../../../../../src-main/engine/features/example-source.ts';
import {
  foldPreprocessing,
  isDense,
  mappedCount,
  mapRows,
} from '../../../../../src-main/engine/train/preprocess/feature-map.ts';
import { fitPreprocessing, requireComponents } from '../../../../../src-main/engine/train/preprocess/fit.ts';
import { measurePrincipalAxes } from '../../../../../src-main/engine/train/preprocess/principal-axes.ts';
import { createRandom, gaussian } from '../../../../../src-main/engine/random.ts';
import { largestDifference } from '../../../../helpers/formula-pictures.ts';
import {
  countTo,
  covarianceOf,
  examples,
  referencePreprocessing,
} from '../../../../helpers/reference-preprocessing.ts';

const { cases } = referencePreprocessing();
const all = (embeddingPreprocessing: (typeof EMBEDDING_PREPROCESSINGS)[number], pcaComponents = 0) => ({
  embeddingPreprocessing,
  pcaComponents,
});

/** Correlated rows far from zero. */
function cloud(rowCount: number, featureCount: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const mix = Array.from({ length: featureCount ** 2 }, () => gaussian(random));
  return Float32Array.from({ length: rowCount }).reduce<Float32Array>(
    (values, _, row) => {
      const own = Array.from({ length: featureCount }, () => gaussian(random));
      for (let f = 0; f < featureCount; f++) {
        values[row * featureCount + f] = 4 + own.reduce((sum, value, g) => sum + value * mix[f * featureCount + g]!, 0);
      }
      return values;
    },
    new Float32Array(rowCount * featureCount),
  );
}

describe.each(cases)('of $rows rows of $features features, feature $constant constant,', (wanted) => {
  const { values, source, trainingRows } = examples(wanted);

  test('the axes and their variances are those of scikit-learn', async () => {
    const { mean, variances, axes } = await measurePrincipalAxes(source, trainingRows);
    expect([mean.length, variances.length, axes.length]).toEqual([wanted.features, wanted.rank, wanted.rank]);
    expect(largestDifference(mean, wanted.mean)).toBeLessThan(1e-7);
    expect(largestDifference(variances, wanted.variances)).toBeLessThan(1e-7);
    expect(
      largestDifference(
        axes.flatMap((axis) => [...axis]),
        wanted.axes,
      ),
    ).toBeLessThan(1e-7);
  });

  test('rows are turned and whitened as by scikit-learn, those that were not measured too', async () => {
    const turned = mapRows(values, await fitPreprocessing(source, trainingRows, all('pca')));
    const whitened = mapRows(values, await fitPreprocessing(source, trainingRows, all('whiten')));
    expect(largestDifference(turned, wanted.turned)).toBeLessThan(2e-5);
    expect(largestDifference(whitened, wanted.whitened)).toBeLessThan(2e-5);
  });

  test('fewer components are the first of all', async () => {
    const two = await fitPreprocessing(source, trainingRows, all('whiten', 2));
    const leading = wanted.whitened.filter((_, at) => at % wanted.rank < 2);
    expect(largestDifference(mapRows(values, two), leading)).toBeLessThan(2e-5);
  });
});

test('centred rows are x − mean, and none are left as they are', async () => {
  const source = inMemory(Float32Array.of(1, 10, 3, 30, 100, 0), [2]);
  const rows = countTo(2);
  const values = Float32Array.of(5, 5);
  const mapped = async (kind: 'none' | 'centre') => [
    ...mapRows(values, await fitPreprocessing(source, rows, all(kind))),
  ];
  expect([await mapped('none'), await mapped('centre')]).toEqual([
    [5, 5],
    [3, -15],
  ]);
  expect([...values]).toEqual([5, 5]);
});

test('rows that are read in several chunks are measured as one', async () => {
  const featureCount = 3;
  const values = cloud(2500, featureCount, 4);
  const { axes, variances } = await measurePrincipalAxes(inMemory(values, [featureCount]), countTo(2500));
  const covariance = covarianceOf(values, featureCount);
  for (const [k, axis] of axes.entries()) {
    const product = covariance.map((row) => row.reduce((sum, value, f) => sum + value * axis[f]!, 0));
    expect(
      largestDifference(
        product,
        [...axis].map((value) => value * variances[k]!),
      ),
    ).toBeLessThan(1e-9);
  }
});

test('whatever the rows, whitened ones have the identity as covariance, turned ones a falling diagonal', async () => {
  const shape = fc.record({ rowCount: fc.integer({ min: 2, max: 40 }), featureCount: fc.integer({ min: 1, max: 20 }) });
  await fc.assert(
    fc.asyncProperty(shape, fc.nat(1e6), async ({ rowCount, featureCount }, seed) => {
      const values = cloud(rowCount, featureCount, seed);
      const source = inMemory(values, [featureCount]);
      const { variances } = await measurePrincipalAxes(source, countTo(rowCount));
      fc.pre(variances.at(-1)! > 1e-3 * variances[0]!); // of weaker axes the floor leaves less than 1
      const covarianceAfter = async (kind: 'pca' | 'whiten') => {
        const map = await fitPreprocessing(source, countTo(rowCount), all(kind));
        expect(mappedCount(map)).toBe(Math.min(rowCount - 1, featureCount));
        return covarianceOf(mapRows(values, map), mappedCount(map));
      };
      const expected = (diagonal: (k: number) => number) =>
        [...variances.keys()].flatMap((i) => [...variances.keys()].map((j) => (i === j ? diagonal(i) : 0)));
      const turned = (await covarianceAfter('pca')).flat();
      expect(
        largestDifference(
          turned,
          expected((k) => variances[k]!),
        ),
      ).toBeLessThan(1e-5 * variances[0]!);
      expect(
        largestDifference(
          (await covarianceAfter('whiten')).flat(),
          expected(() => 1),
        ),
      ).toBeLessThan(0.02);
      expect([...variances]).toEqual([...variances].sort((a, b) => b - a));
    }),
    { numRuns: 60 },
  );
});

test.each(EMBEDDING_PREPROCESSINGS)('a folded head answers on raw rows as the head did after %s', async (kind) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 3, max: 30 }),
      fc.integer({ min: 2, max: 9 }),
      fc.nat(1e6),
      async (rowCount, featureCount, seed) => {
        const values = cloud(rowCount, featureCount, seed);
        const map = await fitPreprocessing(inMemory(values, [featureCount]), countTo(rowCount), all(kind));
        const random = createRandom(seed, 1);
        const draw = (count: number) => Float32Array.from({ length: count }, () => gaussian(random));
        const count = mappedCount(map);
        const head = { kernel: { shape: [count, 3], values: draw(count * 3) }, bias: { shape: [3], values: draw(3) } };
        const folded = foldPreprocessing(head, map);
        const answers = answer(head, mapRows(values, map));
        const scale = Math.max(1, ...answers.map(Math.abs), ...folded.kernel.values.map(Math.abs));
        expect(folded.kernel.shape).toEqual([featureCount, 3]);
        expect(largestDifference(answer(folded, values), answers) / scale).toBeLessThan(1e-4);
      },
    ),
    { numRuns: 40 },
  );
});

function answer({ kernel, bias }: ReturnType<typeof foldPreprocessing>, values: Float32Array): number[] {
  const [featureCount = 0, classCount = 0] = kernel.shape;
  return Array.from({ length: (values.length / featureCount) * classCount }, (_, at) => {
    const [row, c] = [Math.floor(at / classCount), at % classCount];
    const shares = Array.from(
      { length: featureCount },
      (__, f) => values[row * featureCount + f]! * kernel.values[f * classCount + c]!,
    );
    return shares.reduce((sum, share) => sum + share, bias.values[c]!);
  });
}

describe('what cannot be had is refused with the setting, its value and what is allowed:', () => {
  test('more components than training pictures less one, before anything is measured', () => {
    const tooMany = {
      code: 'setting/out-of-range',
      details: { setting: 'pcaComponents', value: 30, allowed: '0 to 19 (0: all there are)' },
    };
    expect(() => requireComponents(all('pca', 30), 768, 20)).toThrow(expect.objectContaining(tooMany));
    expect(() => requireComponents(all('pca', 30), 19, 1000)).toThrow(expect.objectContaining(tooMany));
    expect(() => requireComponents(all('whiten', 19), 768, 20)).not.toThrow();
    expect(() => requireComponents(all('standardise', 30), 768, 20)).not.toThrow(); // it does not apply
  });

  test('whitening of a constant feature, with the number of the feature', async () => {
    const { source, trainingRows } = examples({ rows: 20, features: 5, constant: 2 });
    await expect(fitPreprocessing(source, trainingRows, all('whiten', 5))).rejects.toMatchObject({
      code: 'setting/out-of-range',
      message: expect.stringMatching(/feature 2, .* Whitening divides/) as string,
      details: { setting: 'pcaComponents', value: 5, allowed: '0 to 4 (0: all there are)' },
    });
    expect(mappedCount(await fitPreprocessing(source, trainingRows, all('whiten')))).toBe(4);
  });

  test('axes of rows that are all alike', async () => {
    const source = inMemory(new Float32Array(12).fill(3), [3]);
    for (const kind of ['pca', 'whiten'] as const) {
      await expect(fitPreprocessing(source, countTo(4), all(kind))).rejects.toMatchObject({
        code: 'setting/out-of-range',
        details: { setting: 'embeddingPreprocessing', value: kind, allowed: 'none, centre, standardise' },
      });
    }
    expect(isDense(await fitPreprocessing(source, countTo(4), all('standardise')))).toBe(false);
  });
});
