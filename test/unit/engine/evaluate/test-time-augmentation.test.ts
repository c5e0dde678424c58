import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { argMax } from '../../../../src-main/engine/evaluate/metrics.ts';
import { classifyPictures } from '../../../../src-main/engine/evaluate/classify.ts';
import { classifyViews, runViews } from '../../../../src-main/engine/evaluate/test-time-augmentation.ts';
import { planViews, type View } from '../../../../src-main/engine/evaluate/views.ts';
import { openRunner, type Runner } from '../../../../src-main/engine/features/runner.ts';
import { cornerClassifier, smallClassifier } from '../../../helpers/classifiers.ts';
import { quarters, makeImageFolder } from '../../../helpers/image-folders.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

/** Keeps what it was shown, and answers in two classes by the first pixel's red: [red / 255, 1 − red / 255]. */
function recorder(onBatch: (count: number) => void = () => undefined): Runner & { readonly seen: Uint8Array[] } {
  const seen: Uint8Array[] = [];
  return {
    seen,
    outputShape: [2],
    outputCount: 2,
    run(pixels, count) {
      onBatch(count);
      const length = pixels.length / count;
      const shown = Array.from({ length: count }, (_, at) => pixels.slice(at * length, (at + 1) * length));
      seen.push(...shown);
      return Promise.resolve(Float32Array.from(shown.flatMap(([red = 0]) => [red / 255, 1 - red / 255])));
    },
    dispose: () => Promise.resolve(),
  };
}

describe("the views are torchvision's TenCrop of Pillow's resize", () => {
  const fixtures = join(repositoryRoot, 'test/fixtures/images');
  const { sizePx, cases } = JSON.parse(readFileSync(join(fixtures, 'views.json'), 'utf8')) as {
    sizePx: number;
    cases: { source: string; scale: number; expected: string; shorter: number }[];
  };
  // TenCrop cuts five crops, mirrors the picture, and cuts five again: its sixth is our top right, mirrored.
  const TEN = [
    ...['top-left', 'top-right', 'bottom-left', 'bottom-right', 'centre'].map((place) => [place, false]),
    ...['top-right', 'top-left', 'bottom-right', 'bottom-left', 'centre'].map((place) => [place, true]),
  ] as [View['place'], boolean][];

  test.each(cases)('of $source at $scale', async ({ source, scale, expected, shorter }) => {
    const runner = recorder();
    const views = TEN.map(([place, isFlipped]) => ({ scale, place, isFlipped }));
    await runViews([{ file: join(fixtures, source) }], runner, { views, imageSize: sizePx });
    const reference = await sharp(join(fixtures, expected)).removeAlpha().raw().toBuffer();
    const found = Buffer.concat(runner.seen);
    expect(found.length).toBe(reference.length);
    const differences = Array.from(found, (value, at) => Math.abs(value - (reference[at] ?? 0)));
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    const largest = Math.max(...differences);
    if (shorter === scale) expect(largest).toBe(0);
    else if (source.endsWith('.jpg')) {
      // Shrunk while it is decoded.
      expect(mean).toBeLessThan(2);
      expect(largest).toBeLessThan(40);
    } else {
      // Reductions by two and more run a box filter first (libvips' gap), which shows at hard edges alone. At the picture's
      // edges Pillow leaves out what lies outside, and libvips repeats the edge.
      expect(mean).toBeLessThan(0.5);
      expect(largest).toBeLessThanOrEqual(shorter >= 2 * scale ? 10 : 4);
    }
  });
});

/** Pictures of 20 × 16 whose left half is red by so much, and whose right half is not. */
async function halves(reds: readonly number[]): Promise<{ file: string }[]> {
  const folder = await makeImageFolder({});
  return Promise.all(
    reds.map(async (red, index) => {
      const file = join(folder, `${index}.png`);
      const [left, right] = [[red, 0, 0] as const, [0, 0, 0] as const];
      await writeFile(file, await quarters(20, 16, [left, right, right, left]).png().toBuffer());
      return { file };
    }),
  );
}

test('probabilities are averaged over all views, and the choices of subsets over theirs, as summed by hand', async () => {
  const pictures = await halves([204, 51]);
  const plan = planViews({ scales: [16], crops: ['top-left', 'top-right', 'top-right-flipped'] }, 16);
  expect(plan.views.map(({ place, isFlipped }) => [place, isFlipped])).toEqual([
    ['top-left', false],
    ['top-right', false],
    ['top-right', true],
  ]);
  // Red of the first pixel: at 0 left, at 4 left, and at 19 right, in a picture whose right half has none.
  const { rows, unreadable } = await runViews(pictures, recorder(), {
    ...plan,
    imageSize: 16,
    subsets: [[0], [2], [0, 1], [0, 2]],
  });
  const rounded = rows.map(({ probabilities, ...row }) => ({
    ...row,
    probabilities: probabilities.map((value) => Number(value.toFixed(6))),
  }));
  expect(rounded).toEqual([
    { fileIndex: 0, probabilities: [0.533333, 0.466667], subsetChoices: [0, 1, 0, 1] }, // (0.8 + 0.8 + 0) / 3
    { fileIndex: 1, probabilities: [0.133333, 0.866667], subsetChoices: [1, 1, 1, 1] }, // (0.2 + 0.2 + 0) / 3
  ]);
  expect(unreadable).toEqual([]);
});

test('batches are full whatever the views, span pictures, and leave each picture its own answers', async () => {
  const counts: number[] = [];
  const reds = [0, 51, 102, 153, 204, 255, 30];
  const { views } = planViews({ scales: [16], crops: 'five' }, 16);
  const done: number[] = [];
  const { rows } = await runViews(
    await halves(reds),
    recorder((count) => counts.push(count)),
    {
      views,
      imageSize: 16,
      onProgress: (count) => done.push(count),
    },
  );
  expect(counts).toEqual([16, 16, 3]);
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (const [index, { fileIndex, probabilities }] of rows.entries()) {
    expect(fileIndex).toBe(index);
    expect(probabilities[0]).toBeCloseTo((reds[index] ?? NaN) / 255, 6); // each crop begins in the left half
  }
});

test('pictures that cannot be read are told with their reason and their place, and the others are averaged', async () => {
  const [first, second] = await halves([255, 102]);
  const folder = await makeImageFolder({ 'cut.jpg': Buffer.from('ffd8ffe000104a46', 'hex') });
  const pictures = [first!, { file: join(folder, 'absent.png') }, second!, { file: join(folder, 'cut.jpg') }];
  const { views } = planViews({ scales: [16, 24], crops: 'ten' }, 16);
  const done: number[] = [];
  const options = { views, imageSize: 16, onProgress: (count: number) => done.push(count) };
  const { rows, unreadable } = await runViews(pictures, recorder(), options);
  expect(rows.map(({ fileIndex }) => fileIndex)).toEqual([0, 2]);
  expect(unreadable).toEqual([
    { fileIndex: 1, reason: 'unreadable: no such file' },
    { fileIndex: 3, reason: expect.stringMatching(/truncated|damaged/) as string },
  ]);
  expect(done.at(-1)).toBe(4);
});

test('an abort ends the run within one batch, in the middle of a picture', async () => {
  const stop = new AbortController();
  const reason = new EngineError('run/cancelled', 'Stopped.');
  let batches = 0;
  const runner = recorder(() => {
    if (++batches === 2) setImmediate(() => stop.abort(reason)); // as a message from the parent comes
  });
  const { views } = planViews({ scales: [16, 20, 24, 28, 32, 36, 40, 44], crops: 'ten' }, 16); // five batches
  const running = runViews(await halves([10]), runner, { views, imageSize: 16, signal: stop.signal });
  await expect(running).rejects.toBe(reason);
  expect(batches).toBeLessThanOrEqual(3);
});

describe('a real network', () => {
  test('whose only view is the plain one answers as without augmentation', async () => {
    const classifier = smallClassifier();
    const folder = await makeImageFolder({ '.': 5 });
    const pictures = Array.from({ length: 5 }, (_, index) => ({ file: join(folder, `${index + 1}.jpg`) }));
    const { views } = planViews({ scales: [33], crops: 'centre' }, 33);
    const [plain, viewed] = [
      await classifyPictures(classifier, pictures, {}),
      await classifyViews(classifier, pictures, { views }),
    ];
    expect(viewed.rows.map(({ fileIndex, probabilities }) => ({ fileIndex, probabilities }))).toEqual(plain.rows);
  });

  test('averages what it says of each view alone', async () => {
    const classifier = smallClassifier();
    const folder = await makeImageFolder({ '.': 3 });
    const pictures = Array.from({ length: 3 }, (_, index) => ({ file: join(folder, `${index + 1}.jpg`) }));
    const { views } = planViews({ scales: [33, 40, 57], crops: 'ten' }, 33);
    const { rows } = await classifyViews(classifier, pictures, { views, subsets: [[0, 7]] });
    const runner = await openRunner(classifier.network);
    const alone = await Promise.all(
      views.map((view) => runViews(pictures, runner, { views: [view], imageSize: 33 }).then((viewed) => viewed.rows)),
    );
    await runner.dispose();
    for (const [picture, { probabilities, subsetChoices }] of rows.entries()) {
      const said = alone.map((row) => row[picture]?.probabilities ?? []);
      for (const [label, probability] of probabilities.entries()) {
        const sum = said.reduce((total, each) => total + (each[label] ?? NaN), 0);
        expect(probability).toBeCloseTo(sum / views.length, 5);
      }
      const pair = [0, 1, 2].map((label) => (said[0]?.[label] ?? NaN) + (said[7]?.[label] ?? NaN));
      expect(subsetChoices).toEqual([argMax(pair)]);
    }
  });

  test('that tells left from right by itself is even-handed over a picture and its mirror image', async () => {
    const classifier = cornerClassifier();
    const size = classifier.imageSize;
    const folder = await makeImageFolder({
      'a.png': await quarters(size, size).png().toBuffer(),
    });
    const { views } = planViews({ scales: [size], crops: ['centre', 'centre-flipped'] }, size);
    const [picture] = (await classifyViews(classifier, [{ file: join(folder, 'a.png') }], { views })).rows;
    const [topLeft, topRight, bottomRight, bottomLeft] = picture?.probabilities ?? [];
    expect(topLeft).toBeCloseTo(topRight ?? NaN, 5);
    expect(bottomRight).toBeCloseTo(bottomLeft ?? NaN, 5);
  });
});
