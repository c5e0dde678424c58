import type { ExampleSource } from '../features/example-source.ts';
import type { LinearHead } from '../network/network.ts';
import { predictHead } from './predict-head.ts';

/** Rows that are read together; bounds memory on large sets. */
const CHUNK_ROWS = 1024;

/**
 * Class probabilities of stored embeddings, of the pictures as they are.
 *
 * @param embeddings  of shape [features].
 * @param rows        row numbers.
 * @returns           one array of `classes` probabilities a row.
 */
export async function predictRows(head: LinearHead, embeddings: ExampleSource, rows: Uint32Array): Promise<number[][]> {
  const [featureCount = 0] = embeddings.shape;
  const probabilities: number[][] = [];
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const chunk = rows.subarray(start, start + CHUNK_ROWS);
    const features = new Float32Array(chunk.length * featureCount);
    await embeddings.read(chunk, null, features);
    probabilities.push(...predictHead(features, Uint32Array.from(chunk.keys()), head));
  }
  return probabilities;
}
