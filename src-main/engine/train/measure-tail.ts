import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainableTail } from '../network/tail.ts';
import type { ForwardOptions } from '../network/tfjs.ts';
import { softmaxCrossEntropy } from './loss.ts';
import type { TailBatches } from './tail-batches.ts';

export interface Measured {
  readonly loss: number;
  readonly accuracy: number;
  /** Of the watched places. */
  readonly predicted: readonly number[];
}

interface MeasureOptions {
  /** Places among the rows, ascending, whose predictions are told. */
  readonly watchedPlaces?: readonly number[] | undefined;
  readonly onOutput?: ForwardOptions['onOutput'];
}

/** Rows that are measured together; bounds memory. */
const MEASURE_BATCH = 64;

/** Mean loss and accuracy of a tail on rows as they are, with its weights of now. */
export async function measureTail(
  tail: TrainableTail,
  batches: TailBatches,
  rows: Uint32Array,
  { watchedPlaces = [], onOutput }: MeasureOptions = {},
): Promise<Measured> {
  let lossSum = 0;
  let correct = 0;
  const predicted: number[] = [];
  for (let at = 0; at < rows.length; at += MEASURE_BATCH) {
    const part = rows.subarray(at, at + MEASURE_BATCH);
    const upload = await batches.read(part);
    tf.tidy(() => {
      const { inputs, classes } = upload();
      const logits = tail.logits(inputs, undefined, onOutput);
      lossSum += (softmaxCrossEntropy(logits, classes).dataSync()[0] ?? NaN) * part.length;
      correct += correctCount(logits, classes).dataSync()[0] ?? 0;
      const here = watchedPlaces.filter((place) => place >= at && place < at + part.length);
      if (here.length === 0) return;
      const answers = tf.argMax(logits, 1).dataSync();
      predicted.push(...here.map((place) => answers[place - at] ?? 0));
    });
    await yieldToEventLoop(); // native ops hold the thread: let messages in
  }
  return { loss: lossSum / rows.length, accuracy: correct / rows.length, predicted };
}

/** How many rows have their largest logit at their class. */
export function correctCount(logits: tf.Tensor2D, classes: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), classes), 'float32')));
}
