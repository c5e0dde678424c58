import * as tf from '@tensorflow/tfjs-core';
import type { ExampleSource } from '../features/example-source.ts';
import type { LinearHead, Network } from '../network/network.ts';
import { forward } from '../network/tfjs.ts';
import { predictHead } from './predict-head.ts';

/** Rows that are read together; bounds memory on large sets. */
const CHUNK_ROWS = 1024;

/**
 * Class probabilities of stored embeddings, of the pictures as they are, by a linear head: in float64, on no backend.
 *
 * @param embeddings  of shape [features].
 * @param rows        row numbers.
 * @returns           one array of `classes` probabilities a row.
 */
export function predictRows(head: LinearHead, embeddings: ExampleSource, rows: Uint32Array): Promise<number[][]> {
  return inChunks(embeddings, rows, (values, count) =>
    predictHead(
      values,
      Uint32Array.from({ length: count }, (_, row) => row),
      head,
    ),
  );
}

/**
 * The same by whatever follows the embedding in a network, on the tfjs backend that is set.
 *
 * @param embedding  name of the node whose output the embeddings are.
 */
export function predictBehind(
  network: Network,
  embedding: string,
  embeddings: ExampleSource,
  rows: Uint32Array,
): Promise<number[][]> {
  return inChunks(embeddings, rows, (values, count) =>
    tf.tidy(() => {
      const answers = forward(network, tf.tensor(values, [count, values.length / count]), { after: embedding });
      return answers.arraySync() as number[][]; // as: [rows, classes]
    }),
  );
}

async function inChunks(
  embeddings: ExampleSource,
  rows: Uint32Array,
  predict: (values: Float32Array, count: number) => readonly number[][],
): Promise<number[][]> {
  const [featureCount = 0] = embeddings.shape;
  const probabilities: number[][] = [];
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const chunk = rows.subarray(start, start + CHUNK_ROWS);
    const features = new Float32Array(chunk.length * featureCount);
    await embeddings.read(chunk, null, features);
    probabilities.push(...predict(features, chunk.length));
  }
  return probabilities;
}
