import type { CachePrecision } from '../../contract/training.ts';
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from './half-floats.ts';

/** How the values of a table lie on the disk: pixels as bytes, activations as the user chose. Little-endian. */
export type TablePrecision = CachePrecision | 'uint8';

/** Values of rows in memory. A Uint16Array holds the bits of halves in the table's own precision. */
export type RowValues = Float32Array | Uint16Array | Uint8Array;

/** Between values in memory and the bytes of one row. */
export interface RowCodec {
  readonly rowBytes: number;
  /** @returns the row's bytes: the values' own where they are the same, else valid until the next call. */
  encode(values: RowValues): Uint8Array;
  /**
   * @param bytes   [rowBytes], at a multiple of 4 of its buffer. Borrowed.
   * @param target  [length]: Uint8Array for `uint8`, else Float32Array. Borrowed.
   */
  decode(bytes: Uint8Array, target: Float32Array | Uint8Array): void;
}

/** @param length  values a row. */
export function createRowCodec(precision: TablePrecision, length: number): RowCodec {
  switch (precision) {
    case 'uint8':
      return sameCodec(Uint8Array, length);
    case 'float32':
      return sameCodec(Float32Array, length);
    case 'float16':
      return halfCodec(encodeFloat16, decodeFloat16, length);
    case 'bfloat16':
      return halfCodec(encodeBfloat16, decodeBfloat16, length);
  }
}

function bytesOf(values: RowValues): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Values that lie on the disk as in memory. */
function sameCodec(type: typeof Float32Array | typeof Uint8Array, length: number): RowCodec {
  const rowBytes = length * type.BYTES_PER_ELEMENT;
  return {
    rowBytes,
    encode(values) {
      if (!(values instanceof type) || values.length !== length) throw wrongValues(values, type.name, length);
      return bytesOf(values);
    },
    decode(bytes, target) {
      if (!(target instanceof type)) throw wrongValues(target, type.name, length);
      bytesOf(target).set(bytes);
    },
  };
}

function halfCodec(
  encode: (values: Float32Array, target: Uint16Array) => void,
  decode: (halves: Uint16Array, target: Float32Array) => void,
  length: number,
): RowCodec {
  const encoded = new Uint16Array(length);
  return {
    rowBytes: encoded.byteLength,
    encode(values) {
      const isKnown = values instanceof Float32Array || values instanceof Uint16Array;
      if (!isKnown || values.length !== length) throw wrongValues(values, 'Float32Array or Uint16Array', length);
      if (values instanceof Uint16Array) return bytesOf(values);
      encode(values, encoded);
      return bytesOf(encoded);
    },
    decode(bytes, target) {
      if (!(target instanceof Float32Array)) throw wrongValues(target, 'Float32Array', length);
      decode(new Uint16Array(bytes.buffer, bytes.byteOffset, length), target);
    },
  };
}

function wrongValues(values: RowValues, expected: string, length: number): TypeError {
  return new TypeError(
    `A row of the cache is ${length} values in a ${expected}, not ${values.length} in a ${values.constructor.name}.`,
  );
}
