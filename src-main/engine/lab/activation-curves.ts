/** The activations as curves, computed by the very operations that networks are made of. */
import * as tf from '@tensorflow/tfjs-core';
import {
  SATURATED_SLOPE_SHARE,
  type ActivationCurve,
  type CurveOptions,
  type CurveResult,
} from '../../contract/lab/activation-curves.ts';
import { HIDDEN_ACTIVATIONS, type HiddenActivation } from '../../contract/training.ts';
import { activate, prelu } from '../network/activations.ts';
import { FACTS, PRELU_START } from './activation-formulas.ts';
import { momentsOf } from './mean-field.ts';

type Piece = NonNullable<ActivationCurve['pieces']>[number];

/** What two pieces of Maxout can be. @see Goodfellow et al. 2013, arXiv:1302.4389, figure 1. */
const MAXOUT_EXAMPLES: readonly (readonly [Piece, Piece])[] = [
  [
    { weight: 1, bias: 0 },
    { weight: -1, bias: 0 },
  ],
  [
    { weight: 1, bias: 0 },
    { weight: 0, bias: 0 },
  ],
];

/** A mean output nearer 0 than this counts as centred: tanh's and SELU's are 0, ELU's is 0.16. */
const CENTRED = 0.05;

/**
 * Curves of all activations; of Maxout two examples, |x| and ReLU. Needs a tfjs backend, whose float32 the values are.
 */
export function drawCurves({
  from,
  to,
  points,
}: Pick<CurveOptions, 'from' | 'to' | 'points'>): Omit<CurveResult, 'signs'> {
  const x = Array.from({ length: points }, (_, index) => from + ((to - from) * index) / (points - 1));
  const curves = HIDDEN_ACTIVATIONS.flatMap((activation) =>
    activation === 'maxout'
      ? MAXOUT_EXAMPLES.map((pieces) => curveOf(activation, x, pieces))
      : [curveOf(activation, x, null)],
  );
  return { x, curves };
}

function curveOf(
  activation: HiddenActivation,
  x: readonly number[],
  pieces: readonly [Piece, Piece] | null,
): ActivationCurve {
  const { saturates, takesBothSigns, cost, isLearned, advice, steepest } = FACTS[activation];
  const { y, slope } = tf.tidy(() => {
    const input = tf.tensor1d([...x]);
    const { value, grad } = tf.valueAndGrad((t) => apply(activation, t, pieces))(input);
    return { y: [...value.dataSync()], slope: [...grad.dataSync()] };
  });
  const isFlat = slope.map((one) => saturates !== 'never' && one < SATURATED_SLOPE_SHARE * steepest);
  // A Maxout of these pieces is a function of one x: the mean of |x| and of a ReLU under N(0, 1).
  const meanOutput = pieces === null ? momentsOf(activation, 1).mean : meanOfPieces(pieces);
  return {
    activation,
    pieces: pieces && [...pieces],
    y,
    slope,
    saturated: zonesOf(x, isFlat),
    meanOutput,
    isZeroCentred: Math.abs(meanOutput) < CENTRED,
    takesBothSigns: pieces === null ? takesBothSigns : y.some((value) => value < 0),
    saturates,
    cost,
    isLearned,
    advice,
  };
}

function apply(activation: HiddenActivation, x: tf.Tensor, pieces: readonly [Piece, Piece] | null): tf.Tensor {
  if (pieces !== null) {
    const [first, second] = pieces.map(({ weight, bias }) => tf.add(tf.mul(x, weight), bias)) as [tf.Tensor, tf.Tensor]; // as: two pieces
    return tf.maximum(first, second);
  }
  if (activation === 'prelu') {
    const channels = x.shape.at(-1) ?? 1;
    return prelu(x, tf.fill([channels], PRELU_START));
  }
  return activate(x, activation as Exclude<HiddenActivation, 'prelu' | 'maxout'>); // as: those two are above
}

/** E max(w₁z + b₁, w₂z + b₂) for pieces that pass through 0, as both examples do: |w₁ − w₂| / √(2π). */
function meanOfPieces([first, second]: readonly [Piece, Piece]): number {
  return Math.abs(first.weight - second.weight) / Math.sqrt(2 * Math.PI);
}

/** Runs of `isFlat`, from the first x of each to its last. */
function zonesOf(x: readonly number[], isFlat: readonly boolean[]): { from: number; to: number }[] {
  const zones: { from: number; to: number }[] = [];
  x.forEach((at, index) => {
    if (!isFlat[index]) return;
    const last = zones.at(-1);
    if (last !== undefined && isFlat[index - 1]) last.to = at;
    else zones.push({ from: at, to: at });
  });
  return zones;
}
