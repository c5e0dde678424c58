import { beforeAll, describe, expect, test } from 'vitest';
import {
  crossValidate,
  rightRows,
  type CrossValidation,
  type ProbeExamples,
} from '../../../../src-main/engine/choose/cross-validate.ts';
import { stratifiedFolds } from '../../../../src-main/engine/choose/folds.ts';
import { inMemory, type ExampleSource } from '../../../../src-main/engine/features/example-source.ts';
import { createRandom } from '../../../../src-main/engine/random.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { probeExamples } from '../../../helpers/probe-examples.ts';

beforeAll(loadTestBackend);

const plan = { imageCount: 60, classCount: 3, featureCount: 12, separation: 2, taskSeed: 1, noiseSeed: 1 };

function accuracyOf(result: CrossValidation): number {
  const answers = [...rightRows(result).values()];
  return answers.filter(Boolean).length / answers.length;
}

/** The same features, with labels that have nothing to do with them. */
function withRandomLabels(data: ProbeExamples): ProbeExamples {
  const random = createRandom(9, 1003);
  return { ...data, labels: data.labels.map(() => Math.floor(random() * data.classCount)) };
}

describe('cross-validation', () => {
  test('asks every picture in every repeat, and classes that lie apart are told apart', async () => {
    const result = await crossValidate(probeExamples(plan), { seed: 0 });
    expect([result.foldCount, result.repeatCount, rightRows(result).size]).toEqual([5, 3, 60]);
    expect(accuracyOf(result)).toBeGreaterThan(0.95);
  });

  test('learns nothing of a picture that it is asked about: labels by lot are not guessed, though they can be learned by heart', async () => {
    const wide = probeExamples({ ...plan, imageCount: 90, featureCount: 200 });
    expect(accuracyOf(await crossValidate(withRandomLabels(wide), { seed: 0 }))).toBeLessThan(0.5);
  });

  test('learns nothing of its copies either', async () => {
    const wide = withRandomLabels(probeExamples({ ...plan, imageCount: 45, featureCount: 200 }));
    const twice: ExampleSource = {
      ...wide.source,
      read: (rows, epoch, target) =>
        wide.source.read(
          rows.map((row) => row % 45),
          epoch,
          target,
        ),
    };
    const copies: ProbeExamples = {
      source: twice,
      classCount: 3,
      labels: Uint32Array.from({ length: 90 }, (_, row) => wide.labels[row % 45] ?? 0),
      pictures: Array.from({ length: 90 }, (_, row) => wide.pictures[row % 45] ?? ''),
    };
    expect(accuracyOf(await crossValidate(copies, { seed: 0 }))).toBeLessThan(0.5);
    const apart = { ...copies, pictures: Array.from({ length: 90 }, (_, row) => `taken for different ${row}`) };
    expect(accuracyOf(await crossValidate(apart, { seed: 0 }))).toBeGreaterThan(0.75); // so the copies would tell
  });

  test('standardises by the pictures that are learned from alone: what is asked about moves no other answer', async () => {
    const data = probeExamples({ ...plan, imageCount: 300 });
    const withFarRow: ExampleSource = {
      ...data.source,
      async read(rows, epoch, target) {
        await data.source.read(rows, epoch, target);
        const place = rows.indexOf(0);
        if (place >= 0) target.fill(1e6, place * plan.featureCount, (place + 1) * plan.featureCount);
      },
    };
    const deals = [0, 1, 2].map((repeat) => stratifiedFolds(data, { foldCount: 5, seed: 0, repeat }));
    const beside = [...data.labels.keys()].filter((row) => row > 0 && deals.every((fold) => fold[row] === fold[0]));
    const { rightCounts } = await crossValidate({ ...data, source: withFarRow }, { seed: 0 });
    expect(beside.length).toBeGreaterThan(2);
    expect(beside.map((row) => rightCounts[row])).toEqual(beside.map(() => 3));
  });

  test('gives equal answers for equal seeds, and others for another', async () => {
    const hard = probeExamples({ ...plan, separation: 0.3 });
    const result = await crossValidate(hard, { seed: 5 });
    expect(await crossValidate(hard, { seed: 5 })).toEqual(result);
    expect((await crossValidate(hard, { seed: 6 })).rightCounts).not.toEqual(result.rightCounts);
  });

  test('takes classes of one, two and three pictures', async () => {
    const labels = Uint32Array.from([0, 1, 1, 2, 2, 2]);
    const values = Float32Array.from(labels, (label) => label * 10);
    const pictures = ['a', 'b', 'c', 'd', 'e', 'f'];
    const data = { source: inMemory(values, [1]), labels, classCount: 3, pictures };
    const { rightCounts, foldCount } = await crossValidate(data, { seed: 0 });
    expect([foldCount, rightCounts.map((count) => count === null)]).toEqual([
      5,
      [true, false, false, false, false, false],
    ]);
  });

  test('says that nothing can be checked where each class is copies of one picture', async () => {
    const labels = Uint32Array.from([0, 0, 1, 1]);
    const data = { source: inMemory(new Float32Array(4), [1]), labels, classCount: 2, pictures: ['a', 'a', 'b', 'b'] };
    await expect(crossValidate(data, { seed: 0 })).rejects.toMatchObject({ code: 'dataset/too-few-images' });
  });

  test('ends within an epoch of an abort, and leaves no tensor behind', async () => {
    const data = probeExamples(plan);
    expect(await countLeakedTensors(() => crossValidate(data, { seed: 0 }))).toBe(0);
    const signal = AbortSignal.abort(new Error('enough'));
    const aborted = () => expect(crossValidate(data, { seed: 0, signal })).rejects.toThrow('enough');
    expect(await countLeakedTensors(aborted)).toBe(0);
  });
});
