/** The files of weights that belong to a TF.js `model.json`. */
import type { ExportFile } from '../export-file.ts';

/** The converter's own limit, so that browsers cache every file of weights. */
const SHARD_BYTES = 4 * 2 ** 20;

/**
 * All weights in one row, cut into shards of 4 MB under the converter's names; a tensor may lie across two, as in its files.
 *
 * @returns at least one, in order.
 */
export function toShards(weights: readonly (Float32Array | Int32Array)[]): ExportFile[] {
  const row = joinValues(weights);
  const count = Math.max(1, Math.ceil(row.length / SHARD_BYTES));
  return Array.from({ length: count }, (_, index) => ({
    name: `group1-shard${index + 1}of${count}.bin`,
    content: row.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
  }));
}

/** The bytes of all values, little-endian, one after another. */
export function joinValues(weights: readonly (Float32Array | Int32Array)[]): Uint8Array {
  const row = new Uint8Array(weights.reduce((length, { byteLength }) => length + byteLength, 0));
  let offset = 0;
  for (const { buffer, byteOffset, byteLength } of weights) {
    row.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += byteLength;
  }
  return row;
}
