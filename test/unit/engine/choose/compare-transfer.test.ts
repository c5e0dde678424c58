import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainedRun } from '../../../../src-main/contract/jobs.ts';
import type { TrainReport } from '../../../../src-main/contract/results.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../../../src-main/contract/training.ts';
import { compareTransfer, learnFromFewer } from '../../../../src-main/engine/choose/compare-transfer.ts';
import { evaluate } from '../../../../src-main/engine/evaluate/evaluate.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { probeExamples } from '../../../helpers/probe-examples.ts';

/** A run that gets those pictures right whose mark is 1. */
function runOf(marks: string, { seed = 0, seconds = 1, from = 0 } = {}): TrainedRun {
  const answers = [...marks].map((mark, index) => {
    const id = `${from + index}`;
    return { id, path: `a/${id}.jpg`, truth: 'a', probabilities: mark === '1' ? [0.9, 0.1] : [0.1, 0.9] };
  });
  const evaluation = evaluate(['a', 'b'], answers, { split: 'validation', choseBestEpoch: true });
  const report = { counts: { train: 40 }, seconds: { total: seconds } } as TrainReport; // as: what is compared of it
  return { config: { ...DEFAULT_TRAIN_CONFIG, seed }, report, evaluation };
}

const ones = (count: number) => '1'.repeat(count);
const noughts = (count: number) => '0'.repeat(count);
const heads = [
  { imagesPerClass: 1, imageCount: 2, accuracy: 0.4 },
  { imagesPerClass: 2, imageCount: 4, accuracy: 0.7 },
  { imagesPerClass: 20, imageCount: 40, accuracy: 0.9 },
];

describe('what transfer brought', () => {
  test('is told by the pictures that only one of the two gets right', () => {
    const transfer = runOf(`${ones(12)}${ones(6)}${noughts(0)}${noughts(2)}`, { seconds: 1.25 });
    const scratch = runOf(`${ones(12)}${noughts(6)}${ones(0)}${noughts(2)}`, { seconds: 80 });
    const report = compareTransfer([{ transfer, scratch }], [heads]);
    expect(report).toMatchObject({
      split: 'validation',
      imageCount: 20,
      trainingCount: 40,
      transfer: { accuracy: 0.9, seconds: 1.25 },
      scratch: { accuracy: 0.6, seconds: 80 },
      onlyTransfer: 6,
      onlyScratch: 0,
      seeds: [{ seed: 0, transfer: 0.9, scratch: 0.6 }],
      headOnFewer: heads,
      enough: heads[1],
    });
    expect(report.pValue).toBeCloseTo(0.03125, 12); // 2 · 0.5⁶
    expect(report.sentence).toBe(
      'Transfer brought 30.0 points: 90.0 % (69.9–97.2 %) in 1.3 s against 60.0 % (38.7–78.1 %) in 80 s from scratch, on the same 20 validation pictures (6 right with it alone, 0 without it alone, p = 0.03); 2 training pictures a class (4 in all) are enough for a head to reach what the network from scratch reaches with 40.',
    );
  });

  test('is nothing that could be shown where the difference is noise, and less than nothing where it is worse', () => {
    const better = runOf(`${ones(12)}${ones(5)}${noughts(3)}`);
    const worse = runOf(`${ones(12)}${noughts(5)}${noughts(3)}`);
    expect(compareTransfer([{ transfer: better, scratch: worse }], [heads]).sentence).toMatch(
      /^Transfer brought nothing that these pictures could show: 85\.0 % .* p = 0\.06\)/,
    );
    const [good, bad] = [runOf(ones(20)), runOf(`${ones(10)}${noughts(10)}`)];
    const report = compareTransfer([{ transfer: bad, scratch: good }], [heads]);
    expect(report.enough).toBeNull();
    expect(report.sentence).toMatch(/^Transfer brought −50\.0 points: .* p = 0\.0020\)\.$/);
  });

  test('over several seeds counts each picture once, by most of the seeds that showed it', () => {
    // Pictures 0–2 are shown three times, 3–5 once: three, two and one times right, then right, right, wrong.
    const transfers = [runOf('111', { seed: 0 }), runOf('110', { seed: 1 }), runOf('100', { seed: 2 })];
    const scratches = [runOf('010', { seed: 0 }), runOf('001', { seed: 1 }), runOf('001', { seed: 2 })];
    const pairs = transfers.map((transfer, index) => ({ transfer, scratch: scratches[index]! }));
    const last = { transfer: runOf('110', { seed: 3, from: 3 }), scratch: runOf('100', { seed: 3, from: 3 }) };
    const report = compareTransfer([...pairs, last], [heads, heads, heads, heads]);
    expect([report.imageCount, report.onlyTransfer, report.onlyScratch]).toEqual([6, 3, 1]);
    expect([report.transfer.accuracy, report.scratch.accuracy]).toEqual([4 / 6, 2 / 6]);
    expect(report.seeds.map(({ seed, transfer }) => [seed, transfer])).toEqual([
      [0, 1],
      [1, 2 / 3],
      [2, 1 / 3],
      [3, 2 / 3],
    ]);
  });

  test('counts a picture as wrong that as many seeds get wrong as right, on either side', () => {
    const pairs = ['10', '01'].map((marks, seed) => ({
      transfer: runOf(marks, { seed }),
      scratch: runOf('11', { seed }),
    }));
    expect(compareTransfer(pairs, [heads, heads])).toMatchObject({
      transfer: { accuracy: 0 },
      scratch: { accuracy: 1 },
    });
    const swapped = pairs.map(({ transfer, scratch }) => ({ transfer: scratch, scratch: transfer }));
    expect(compareTransfer(swapped, [heads, heads])).toMatchObject({
      transfer: { accuracy: 1 },
      scratch: { accuracy: 0 },
    });
  });

  test('means heads over the seeds, as far as all have that many pictures', () => {
    const pair = { transfer: runOf('11'), scratch: runOf('10') };
    const others = [{ ...heads[0]!, accuracy: 0.6 }, heads[1]!, { imagesPerClass: 19, imageCount: 38, accuracy: 0.9 }];
    expect(compareTransfer([pair, pair], [heads, others]).headOnFewer).toEqual([
      { ...heads[0], accuracy: 0.5 },
      heads[1],
    ]);
  });

  test.each([
    ['fewer', runOf('111')],
    ['others', runOf('1111', { from: 2 })],
    ['more', runOf('11111')],
  ])('is not told of runs that were judged by different pictures: %s', (_, scratch) => {
    expect(() => compareTransfer([{ transfer: runOf('1111'), scratch }], [heads])).toThrow(
      expect.objectContaining({ code: 'setting/out-of-range' }),
    );
  });
});

describe('heads on fewer pictures', () => {
  beforeAll(loadTestBackend);
  const plan = { imageCount: 120, classCount: 3, featureCount: 10, separation: 0.7, taskSeed: 1, noiseSeed: 1 };
  const rows = Uint32Array.from({ length: 120 }, (_, row) => row);
  const data = {
    ...probeExamples(plan),
    trainingRows: rows.filter((row) => row % 4 !== 0 && row < 118), // classes of 30, 29 and 29
    validationRows: rows.filter((row) => row % 4 === 0),
  };
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 15, learningRate: 0.01 };
  const { signal } = new AbortController();

  test('see so many of each class, up to all, and do better with more', async () => {
    const learned = await learnFromFewer(data, data.validationRows, config, signal);
    expect(learned.map(({ imagesPerClass, imageCount }) => [imagesPerClass, imageCount])).toEqual([
      [1, 3],
      [2, 6],
      [5, 15],
      [10, 30],
      [20, 60],
      [30, 88],
    ]);
    expect(learned.at(-1)!.accuracy).toBeGreaterThan(learned[0]!.accuracy);
    expect(await learnFromFewer(data, data.validationRows, config, signal)).toEqual(learned);
  });

  test('end on an abort', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(learnFromFewer(data, data.validationRows, config, aborted)).rejects.toThrow('enough');
  });
});
