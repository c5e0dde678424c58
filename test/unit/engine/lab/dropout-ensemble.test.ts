import { beforeAll, expect, test } from 'vitest';
import { measureEnsemble } from '../../../../src-main/engine/lab/dropout-ensemble.ts';
import { trainDropped } from '../../../../src-main/engine/lab/train-dropped.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { sparseExamples } from '../../../helpers/lab-inputs.ts';
import { linearHead } from '../../../helpers/lab-linear-head.ts';

beforeAll(loadTestBackend);

const rows = Uint32Array.of(0, 1, 2);
const labels = Uint32Array.of(0, 1, 1);
const examples = sparseExamples({ pictureCount: 240, featureCount: 30, relevantCount: 3 });
const training = { units: 32, rate: 0.5, epochs: 15, seed: 0 };

/** Mean over all masks of three features, each kept with probability ½, by hand. */
function meanOverAllMasks({ weights, values }: { weights: number[][]; values: number[] }): number[] {
  const sum = [0, 0];
  for (let mask = 0; mask < 8; mask++) {
    const logits = [0, 1].map((c) =>
      values.reduce((total, value, f) => total + ((mask >> f) & 1 ? 2 * value * (weights[f]?.[c] ?? 0) : 0), 0),
    );
    const total = logits.reduce((all, logit) => all + Math.exp(logit), 0);
    logits.forEach((logit, c) => (sum[c] = (sum[c] ?? 0) + Math.exp(logit) / total / 8));
  }
  return sum;
}

test('of a linear head the mean over many masks is that over all masks, worked out by hand', async () => {
  const weights = [
    [1, -1],
    [0.5, 0],
    [-0.4, 0.8],
  ];
  const values = [
    [1, 0.5, -1],
    [-2, 1, 0.3],
    [0.1, 0.2, 0.4],
  ];
  const head = linearHead(weights, values);
  const { answers } = await measureEnsemble(head, rows, labels, { masks: 1000, seed: 0 });
  answers.forEach(({ mean, std, scaled }, row) => {
    const expected = meanOverAllMasks({ weights, values: values[row] ?? [] });
    const error = ((std[0] ?? NaN) / Math.sqrt(1000)) * 4;
    expect(Math.abs((mean[0] ?? NaN) - (expected[0] ?? NaN))).toBeLessThan(error);
    const logit = (c: number) => weights.reduce((sum, own, f) => sum + (own[c] ?? 0) * (values[row]?.[f] ?? 0), 0);
    expect(scaled[0]).toBeCloseTo(1 / (1 + Math.exp(logit(1) - logit(0))), 5);
  });
});

test('where a linear head is nearly linear in its answer too, the mean over masks approaches the scaled network', async () => {
  const weights = [
    [0.02, -0.02],
    [0.01, 0.03],
    [-0.02, 0.01],
  ];
  const values = [
    [1, 0.5, -1],
    [-2, 1, 0.3],
    [1, 2, 0.4],
  ];
  const ensemble = await measureEnsemble(linearHead(weights, values), rows, labels, { masks: 1000, seed: 3 });
  const differences = ensemble.bySize.map(({ masks, difference }) => [masks, difference] as const);
  expect(differences.map(([masks]) => masks)).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
  const largest = Math.max(...ensemble.answers.flatMap(({ std }) => std));
  for (const [masks, difference] of differences) expect(difference).toBeLessThan((4 * largest) / Math.sqrt(masks));
  expect(ensemble.agreement).toBe(1);
});

test('all pictures go through the same mask: equal ones get equal answers', async () => {
  const weights = Array.from({ length: 12 }, (_, f) => [Math.sin(f), Math.cos(f)]);
  const picture = weights.map((_, f) => 1 + (f % 3));
  const head = linearHead(weights, [picture, picture, picture]);
  const { answers, accuracy } = await measureEnsemble(head, rows, labels, { masks: 7, seed: 0 });
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[0]?.std[0]).toBeGreaterThan(0.01);
  expect([accuracy.single.least, accuracy.single.most].every((share) => [1 / 3, 2 / 3].includes(share))).toBe(true);
});

test('counts accuracy and agreement of single masks by hand', async () => {
  // One feature, kept or dropped: a dropped one leaves the bias, which names class 1.
  const head = linearHead([[5, -5]], [[1], [1], [-1]], [0, 1]);
  const { answers, accuracy } = await measureEnsemble(head, rows, Uint32Array.of(0, 0, 1), { masks: 200, seed: 0 });
  const keptShare = answers[0]?.agreement ?? NaN;
  expect(keptShare).toBeGreaterThan(0.35);
  expect(keptShare).toBeLessThan(0.65);
  expect(answers.map(({ agreement }) => agreement)).toEqual([keptShare, keptShare, 1]);
  expect(accuracy).toMatchObject({ scaled: 1, single: { least: 1 / 3, most: 1 } });
  expect(accuracy.single.mean).toBeCloseTo(1 / 3 + (2 / 3) * keptShare, 9);
});

test('a trained head answers as well scaled as the average of its masks, and better than one mask', async () => {
  const head = await trainDropped(examples, training);
  expect(head.ranEpochs).toBe(15);
  const { accuracy, agreement, bySize } = await measureEnsemble(head, examples.validationRows, examples.labels, {
    masks: 50,
    seed: 0,
  });
  expect(accuracy.scaled).toBeGreaterThan(0.8);
  expect(Math.abs(accuracy.ensemble - accuracy.scaled)).toBeLessThan(0.06);
  expect(accuracy.single.mean).toBeLessThan(accuracy.scaled);
  expect(agreement).toBeGreaterThan(0.9);
  expect(bySize.at(-1)?.difference).toBeLessThan((bySize[0]?.difference ?? 0) / 2);
});

test('without hidden units it is the embedding that is dropped', async () => {
  const { network, cut } = await trainDropped(examples, { ...training, units: 0, epochs: 1 });
  expect(network.nodes.map(({ op }) => op)).toEqual(['input', 'dropout', 'dense', 'softmax']);
  expect(cut).toBe('embedding_dropout');
});

test('equal seeds give equal answers, others do not, and no tensors are left behind', async () => {
  const measure = async (seed: number) => {
    const head = await trainDropped(examples, { ...training, epochs: 2, seed });
    return measureEnsemble(head, examples.validationRows, examples.labels, { masks: 5, seed });
  };
  const first = await measure(0);
  expect(await measure(0)).toEqual(first);
  expect((await measure(1)).answers).not.toEqual(first.answers);
  expect(await countLeakedTensors(() => measure(0))).toBe(0);
});

test('an abort ends it with its reason, and leaves nothing behind', async () => {
  const ending = new AbortController();
  const onProgress = () => ending.abort(new Error('enough'));
  const head = linearHead([[1, 2]], [[1], [2], [3]]);
  const options = { masks: 5, seed: 0, onProgress, signal: ending.signal };
  const measure = () => expect(measureEnsemble(head, rows, labels, options)).rejects.toThrow('enough');
  expect(await countLeakedTensors(measure)).toBe(0);
});
