import * as tf from '@tensorflow/tfjs-core';
import { solvePenalised, type Penalty } from '../../src-main/engine/lab/penalised-heads.ts';
import { createRandom, gaussian } from '../../src-main/engine/random.ts';

interface Problem {
  /** [rows][features + 1], the last 1. */
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly classCount: number;
}

/** Forty rows of six features in three classes that overlap. */
export function smallProblem(): Problem {
  const random = createRandom(5, 1002);
  const labels = Array.from({ length: 40 }, (_, row) => row % 3);
  const rows = labels.map((label) => [
    ...Array.from({ length: 6 }, (_, feature) => gaussian(random) + (feature === label ? 1 : 0)),
    1,
  ]);
  return { rows, labels, classCount: 3 };
}

/**
 * Solves, then works out in float64 what the optimum asks for: with g the gradient of the mean cross-entropy, g + 2 λ₂ w = −λ₁ sign w
 * at each weight that is not 0, |g| ≤ λ₁ at each that is, and g = 0 at each bias.
 *
 * @returns how far from that the farthest weight of each head is.
 */
export async function farFromOptimum({ rows, labels, classCount }: Problem, penalties: readonly Penalty[]) {
  const inputs = tf.tensor2d(rows.map((row) => [...row]));
  const classes = tf.tensor1d([...labels], 'int32');
  const solved = await solvePenalised({ inputs, classes }, penalties, { classCount, iterations: 5000 });
  const all = solved.arraySync();
  tf.dispose([inputs, classes, solved]);
  return penalties.map(({ l1, l2 }, head) => {
    const weights = all.map((row) => row.slice(head * classCount, (head + 1) * classCount));
    let [farthest, zeroCount] = [0, 0];
    gradientOf(weights, { rows, labels, classCount }).forEach((row, feature) =>
      row.forEach((gradient, c) => {
        const weight = weights[feature]?.[c] ?? NaN;
        const isBias = feature === weights.length - 1;
        const pull = isBias ? gradient : gradient + 2 * l2 * weight;
        const miss =
          weight === 0 ? Math.max(0, Math.abs(pull) - l1) : Math.abs(pull + (isBias ? 0 : l1 * Math.sign(weight)));
        farthest = Math.max(farthest, miss);
        if (weight === 0) zeroCount++;
      }),
    );
    return { farthest, zeroCount };
  });
}

function gradientOf(weights: readonly (readonly number[])[], { rows, labels, classCount }: Problem): number[][] {
  const gradient = weights.map(() => new Array<number>(classCount).fill(0));
  rows.forEach((row, index) => {
    const logits = Array.from({ length: classCount }, (_, c) =>
      row.reduce((sum, value, feature) => sum + value * (weights[feature]?.[c] ?? NaN), 0),
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    logits.forEach((logit, c) => {
      const error = Math.exp(logit) / total - (labels[index] === c ? 1 : 0);
      row.forEach((value, feature) => {
        const own = gradient[feature];
        if (own) own[c] = (own[c] ?? 0) + (error * value) / rows.length;
      });
    });
  });
  return gradient;
}
