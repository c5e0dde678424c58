/** A deep network of random weights on the user's pictures: what each initialisation makes of the signal, layer by layer. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { SATURATED_SLOPE_SHARE } from '../../contract/lab/activation-curves.ts';
import type { DepthOptions, DepthResult, DepthRun, LayerStatistics } from '../../contract/lab/depth.ts';
import type { HiddenActivation, Initialisation } from '../../contract/training.ts';
import { initialStd } from '../network/initialise.ts';
import { createRandom, gaussian } from '../random.ts';
import { FACTS } from './activation-formulas.ts';
import { average } from './average.ts';
import type { CentredInputs } from './centred-inputs.ts';
import { histogramOf } from './histogram.ts';
import { foretell, type LayerTheory } from './mean-field.ts';
import { drawWeights, MAXOUT_PIECES, runLayer, runLayerBackwards, type LayerOutput } from './random-layer.ts';

/** Keeps these draws apart from others with the same seed. */
const GRADIENT_STREAM = 41;

/** Theory treats pictures of like length as one. */
const MOST_GROUPS = 32;

interface Progress {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs pictures forwards, and a random gradient backwards, through `depth` dense layers without biases, for each initialisation
 * and activation. All of them see the same draw of the weights.
 *
 * Needs a tfjs backend. Time and memory grow as depth · width²: the default takes seconds, the largest a minute and 0.4 GB.
 *
 * @throws the signal's reason, after the present combination, on an abort.
 */
export async function measureDepth(
  inputs: CentredInputs,
  options: Omit<DepthOptions, 'reads' | 'imageSize' | 'pictures' | 'backbone'>,
  { onProgress, signal }: Progress = {},
): Promise<DepthResult> {
  const { initialisations, activations, depth, width, seed } = options;
  const { values, pictureCount, featureCount } = inputs;
  const pieces = activations.includes('maxout') ? MAXOUT_PIECES : 1;
  const input = tf.tensor2d(values, [pictureCount, featureCount]);
  const weights = Array.from({ length: depth }, (_, layer) =>
    drawWeights(seed, layer, layer === 0 ? featureCount : width, width, pieces),
  );
  const random = createRandom(seed, GRADIENT_STREAM);
  const gradient = tf.tensor2d(
    Float32Array.from({ length: pictureCount * width }, () => gaussian(random)),
    [pictureCount, width],
  );
  const groups = groupedMeanSquares(inputs);
  try {
    const runs: DepthRun[] = [];
    for (const initialisation of initialisations) {
      for (const activation of activations) {
        signal?.throwIfAborted();
        const theory = theoryOf(initialisation, activation);
        const layers = runThrough(initialisation, activation).map((measured, layer) => ({
          ...measured,
          theory: theory[layer] as LayerTheory, // as: one a layer
        }));
        runs.push({ initialisation, activation, verdict: verdictOf(activation, layers), layers });
        onProgress?.(runs.length, initialisations.length * activations.length);
        await yieldToEventLoop(); // native ops hold the thread: let messages in
      }
    }
    return { pictureCount, inputCount: featureCount, runs };
  } finally {
    tf.dispose([input, gradient, weights]);
  }

  function stdOf(initialisation: Initialisation, layer: number): number {
    return initialStd(initialisation, layer === 0 ? featureCount : width);
  }

  function theoryOf(initialisation: Initialisation, activation: HiddenActivation): LayerTheory[] {
    const [first, behind] = [stdOf(initialisation, 0), stdOf(initialisation, 1)];
    const firstVariances = groups.map((meanSquare) => featureCount * first ** 2 * meanSquare);
    return foretell({ activation, depth, width, firstVariances, weightVariance: behind ** 2 });
  }

  function runThrough(initialisation: Initialisation, activation: HiddenActivation): Measured[] {
    const measured: Measured[] = [];
    tf.tidy(() => {
      const outputs: LayerOutput[] = [];
      weights.forEach((own, layer) => {
        outputs.push(runLayer(activation, outputs.at(-1)?.output ?? input, own, stdOf(initialisation, layer)));
      });
      let backwards: tf.Tensor = gradient;
      for (let layer = depth - 1; layer >= 0; layer--) {
        const own = outputs[layer] as LayerOutput; // as: one a layer
        measured.unshift(measureLayer(activation, own, backwards, { width, bins: options.bins }));
        if (layer > 0)
          backwards = runLayerBackwards(backwards, own, weights[layer] ?? [], stdOf(initialisation, layer));
      }
    });
    return measured;
  }
}

type Measured = Omit<LayerStatistics, 'theory'>;

function measureLayer(
  activation: HiddenActivation,
  { output, slopes }: LayerOutput,
  gradient: tf.Tensor,
  { width, bins }: { readonly width: number; readonly bins: number },
): Measured {
  const values = output.dataSync<'float32'>();
  const { mean, std } = momentsOfValues(values);
  const gradientStd = finite(momentsOfValues(gradient.dataSync<'float32'>()).std);
  if (!Number.isFinite(std))
    return { mean: null, std: null, saturatedShare: null, deadShare: null, histogram: null, gradientStd };
  const [slope] = slopes as [tf.Tensor]; // as: at least one
  const shares = saturation(activation, slope.dataSync<'float32'>(), width);
  return { mean, std, ...shares, histogram: histogramOf(values, bins), gradientStd };
}

/** @param slopes  [pictures, units], row-major. */
function saturation(activation: HiddenActivation, slopes: Float32Array, width: number) {
  const { saturates, steepest } = FACTS[activation];
  if (saturates === 'never') return { saturatedShare: 0, deadShare: 0 };
  const isFlat = (slope: number) => slope < SATURATED_SLOPE_SHARE * steepest;
  const isAlive = new Array<boolean>(width).fill(false);
  let flatCount = 0;
  slopes.forEach((slope, index) => {
    if (isFlat(slope)) flatCount++;
    else isAlive[index % width] = true;
  });
  return { saturatedShare: flatCount / slopes.length, deadShare: isAlive.filter((alive) => !alive).length / width };
}

/** In float64: squares of small values would be 0 in float32. */
function momentsOfValues(values: Float32Array): { readonly mean: number; readonly std: number } {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, std: Math.sqrt(squares / values.length) };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const EXPLODED = 10;
const COLLAPSED = 1 / 20;
const VANISHED = 1 / 1000;

function verdictOf(activation: HiddenActivation, layers: readonly LayerStatistics[]): DepthRun['verdict'] {
  const { std, saturatedShare } = layers.at(-1) ?? { std: null, saturatedShare: null };
  if (std === null || std > EXPLODED) return 'explodes';
  if (FACTS[activation].saturates === 'both ends' && (saturatedShare ?? 0) > 0.5) return 'saturates';
  if (std < COLLAPSED) return 'collapses';
  const gradientStd = layers[0]?.gradientStd ?? Infinity; // one that overflows does not vanish
  return gradientStd < VANISHED ? 'vanishes' : 'keeps';
}

/** Mean square of each picture's inputs, of like pictures together. */
function groupedMeanSquares({ values, pictureCount, featureCount }: CentredInputs): number[] {
  const squares = Array.from({ length: pictureCount }, (_, picture) => {
    const own = values.subarray(picture * featureCount, (picture + 1) * featureCount);
    return own.reduce((sum, value) => sum + value * value, 0) / featureCount;
  }).sort((a, b) => a - b);
  const groupCount = Math.min(pictureCount, MOST_GROUPS);
  return Array.from({ length: groupCount }, (_, group) => {
    const [start, end] = [group, group + 1].map((at) => Math.floor((at * pictureCount) / groupCount));
    const own = squares.slice(start, end);
    return average(own);
  });
}
