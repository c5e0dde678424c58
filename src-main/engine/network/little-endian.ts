/** Weights as bytes and back. Files hold little-endian values, as does every machine that Fovea runs on. */

/** The bytes of the values themselves; no copy. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A copy, since values of a file may lie at any byte; and not by `slice`, which shares memory where `bytes` is a Buffer. */
export function float32Of(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
