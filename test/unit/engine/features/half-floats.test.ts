import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
} from '../../../../src-main/engine/features/half-floats.ts';

interface Summary {
  readonly count: number;
  readonly sha256: string;
  readonly samples: readonly number[];
}

/** Answers of NumPy and PyTorch; see make-half-floats.py beside the file. */
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/half-floats/half-floats.json'), 'utf8'),
) as Readonly<Record<'float16' | 'bfloat16', Readonly<Record<'decoded' | 'encoded', Summary>>>>;

const FORMATS = [
  { name: 'float16', decode: decodeFloat16, encode: encodeFloat16, largest: 65504, largestBits: 0x7bff },
  {
    name: 'bfloat16',
    decode: decodeBfloat16,
    encode: encodeBfloat16,
    largest: 2 ** 128 - 2 ** 120,
    largestBits: 0x7f7f,
  },
] as const;
type Format = (typeof FORMATS)[number];

function decoded({ decode }: Format, halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  decode(halves, values);
  return values;
}

function encoded({ encode }: Format, values: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(values.length);
  encode(Float32Array.from(values), halves);
  return halves;
}

const floatsOf = (bits: Uint32Array): Float32Array => new Float32Array(bits.buffer);
const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer);
const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

function summary(answers: Uint16Array | Uint32Array): Summary {
  return {
    count: answers.length,
    sha256: createHash('sha256').update(answers).digest('hex'),
    samples: Array.from(answers).filter((_, index) => index % 4099 === 0),
  };
}

/** As in make-half-floats.py. */
function encodingInputs(format: Format): Float32Array {
  const exact = decoded(format, everyPattern);
  const middle = exact.map((value, bits) => (value + (exact[(bits + 1) % 0x10000] ?? 0)) / 2);
  const near = [-1, 0, 1].map((step) => floatsOf(bitsOf(middle).map((bits) => bits + step)));
  const spread = floatsOf(Uint32Array.from({ length: 2 ** 18 }, (_, index) => Math.imul(index, 2654435761)));
  const values = [exact, ...near, spread].flatMap((part) => Array.from(part));
  return Float32Array.from(values.filter((value) => Math.abs(value) <= format.largest || Math.abs(value) === Infinity));
}

describe.each(FORMATS)('$name', (format) => {
  test('each of the 65,536 patterns decodes as in the reference', () => {
    const values = decoded(format, everyPattern);
    const bits = bitsOf(values).map((value, index) => (Number.isNaN(values[index]) ? 0x7fc00000 : value));
    expect(summary(bits)).toEqual(reference[format.name].decoded);
  });

  test('encoding rounds to the nearest, ties to even, as the reference does', () => {
    expect(summary(encoded(format, encodingInputs(format)))).toEqual(reference[format.name].encoded);
  });

  test('a finite value stays finite, and what was no number before stays none', () => {
    const { largest, largestBits } = format;
    const beyond = [largest * 1.003, -largest * 1.003, 3.4028234663852886e38, Infinity, -Infinity];
    const infinity = format.name === 'float16' ? 0x7c00 : 0x7f80;
    const expected = [largestBits, largestBits | 0x8000, largestBits, infinity, infinity | 0x8000];
    expect(Array.from(encoded(format, beyond))).toEqual(expected);
    expect(decoded(format, encoded(format, [NaN]))).toEqual(Float32Array.of(NaN));
  });

  test.each([0, 1, 2, 3, 4, 5, 7])('arrays of %i values have no forgotten end, wherever they lie', (length) => {
    const halves = encoded(format, [9, 1, -2, 3, -4, 5, -6, 7]).subarray(1, 1 + length);
    const values = new Float32Array(10).subarray(2, 2 + length);
    format.decode(halves, values);
    expect(Array.from(values)).toEqual([1, -2, 3, -4, 5, -6, 7].slice(0, length));
  });
});
